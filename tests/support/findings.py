"""Select findings of doctor by their level."""


def of_level(findings, level="problem"):
    return [finding for finding in findings if finding.level == level]


def only(findings, level="problem"):
    (found,) = of_level(findings, level)
    return found
