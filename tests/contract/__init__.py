"""The services as local processes with an OTLP sink. A package, as other suites have files of the same names."""
