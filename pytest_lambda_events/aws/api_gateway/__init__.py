"""API Gateway on moto: what moto lacks, and the definitions of APIs and function URLs that requests need."""
