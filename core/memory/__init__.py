"""The store on SQLite. The only place that opens a database."""
