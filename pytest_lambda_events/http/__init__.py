"""HTTP in front of functions: routes, events and responses of APIs, function URLs and target groups, without moto (HTP)."""
