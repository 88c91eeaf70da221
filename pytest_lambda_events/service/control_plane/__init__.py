"""The Lambda API beside Invoke: functions, versions, aliases and what is configured for them, in one account and region."""
