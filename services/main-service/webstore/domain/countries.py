"""Where the shop sells. Also the only values of the `country` label."""

from typing import Literal

#: Plain strings, no enum: to a metric, a member and the string equal to it are two series.
Country = Literal["US", "UK", "DE", "FR", "JP", "BR", "IN"]

DEFAULT: Country = "US"
