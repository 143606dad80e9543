"""Prints what the benchmarks compared: ratios within one run, which the table of times lacks."""


def pytest_terminal_summary(terminalreporter, config):
    """Write each benchmark's ratios and other findings, one line each."""
    session = getattr(config, "_benchmarksession", None)
    found = [bench for bench in getattr(session, "benchmarks", ()) if bench.extra_info]
    if found:
        terminalreporter.section("ratios within this run")
    for bench in found:
        facts = ", ".join(
            f"{key} = {value:.4g}" if isinstance(value, float) else f"{key} = {value}"
            for key, value in bench.extra_info.items()
        )
        terminalreporter.write_line(f"{bench.name}: {facts}")
