"""Runs HTTP requests to APIs, function URLs and target groups: one synchronous invocation for each (HTP-01)."""
