"""A template of crops whose few pixels can be told by eye."""

from align_eval.alignment import Template

TINY = Template.from_config(
    {
        "name": "tiny",
        "size": [4, 2],
        "scheme": "five",
        "points": [[0, 0], [3, 0], [1.5, 0.5], [0, 1], [3, 1]],
    }
)
