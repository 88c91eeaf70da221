"""PartiQL as DynamoDB has it: statements are read here, and carried out by the operations that write and read items."""
