"""Reads templates of CloudFormation, SAM, CDK and the Serverless Framework, and computes the values in them."""
