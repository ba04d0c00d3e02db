"""Question sets, metrics, gates, reports and the field's benchmarks: how good the answers are."""
