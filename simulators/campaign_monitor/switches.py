"""Where the vendor's documentation is silent, a switch says which way this simulator goes."""

from dataclasses import dataclass


@dataclass(slots=True)
class Switches:
    """Defaults are the likelier or the stricter behaviour; every one may be turned while running."""

    oauth_error_status: int = 400  # 200: errors come in a body of success
    rotate_refresh_tokens: bool = True  # the old refresh token dies with its use
    refresh_tokens_change: bool = True
    token_seconds: int = 1_209_600
    code_seconds: int = 600
    check_scopes: bool = True
    bracketed_keys: bool = True  # "[website]" in what is read and delivered, else the bare field name
    empty_pages: int = 0  # NumberOfPages of an empty result: 0 or 1
    largest_page: int | None = None  # records of a page at most, whatever is asked for
    one_more_page: bool = False  # NumberOfPages promises a page behind each
    exclusive_dates: bool = False  # `date` filters mean "after" instead of "on or after"
    multi_select: str = "replace"  # or "add": what add and import do with the options sent
    long_values: str = "truncate"  # or "reject": values beyond 250 characters
    duplicate_wins: str = "last"  # or "first": equal addresses in one import
    masked_failures: bool = False  # an import's refusals hide the greater part of the address
    unknown_consent: str | None = "Unknown"  # how "no decision on file" is told; None leaves the member out
    refused_numbers: str = ""  # mobile numbers that end so are refused by imports, though they are E.164
    other_email_order: bool = False  # addresses are ordered from their last letter on
    import_edits_inactive: bool = False  # fields of people reported as 204-208 change all the same
    option_change_drops_rules: str = "always"  # or "removals", "never"
    spread_unsubscribes: bool = True  # to the client's other AllClientLists lists
    same_subscriber_per_minute: int | None = None  # single adds and updates beyond it: 429
    webhook_failures_allowed: int | None = None  # then the hook is deactivated
    odd_order: bool = False  # equal sort keys come in another order on every call
    segment_limit: int | None = None
    gzip: bool = False

    def configure(self, settings: dict[str, object]) -> None:
        for name, value in settings.items():
            if name not in self.__dataclass_fields__:
                raise ValueError(f"no switch {name}")
            setattr(self, name, value)
