"""The event store made real: in memory, on DuckDB, on ClickHouse."""
