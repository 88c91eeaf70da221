"""PartiQL of DynamoDB. Statements are parsed here, and the operations for items execute them."""
