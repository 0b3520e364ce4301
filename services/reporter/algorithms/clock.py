"""Times and lengths as people read them."""


def clock_text(seconds: float) -> str:
    """A moment as `m:ss.s`, from an hour on as `h:mm:ss.s`, rounded to tenths; before 0 counts as 0."""
    tenths = round(max(seconds, 0.0) * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds_text = f"{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{minutes:02d}:{seconds_text}" if hours else f"{minutes}:{seconds_text}"


def length_text(seconds: float) -> str:
    """A length as `8.6 s`, `1 min 19.5 s` or `2 h 5 min`, rounded to what matters at that length."""
    tenths = round(max(seconds, 0.0) * 10)
    if tenths < 600:
        return f"{tenths / 10:.1f} s"
    if tenths < 36_000:
        minutes, tenths = divmod(tenths, 600)
        return f"{minutes} min {tenths / 10:.1f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min"


def percent_text(share: float) -> str:
    """A share as whole percent; below 1 % with a digit more, so that little is not shown as nothing."""
    return f"{share * 100:.1f} %" if 0 < share < 0.0095 else f"{share * 100:.0f} %"


def count_text(count: int, singular: str, plural: str = "") -> str:
    """`1 frame`, `8,661 frames`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"
