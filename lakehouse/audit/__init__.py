"""The auditor: asks a named provider to review code, and believes nothing it cannot find there."""
