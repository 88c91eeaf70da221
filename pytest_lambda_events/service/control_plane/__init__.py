"""The Lambda API apart from Invoke: functions, versions, aliases and their settings, in one account and region."""
