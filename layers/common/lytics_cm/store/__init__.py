"""What two functions or more keep in DynamoDB, and how it is written safely.

The tables, and every kind of item:

    AuthorizationsTable  key `id`                    one item an account                     authorizations.py
    JobsTable            keys `job`, `item`          below                                   schema.py has the keys
    MembershipsTable     keys `export`, `email`      one item a person in an export;         memberships.py
                         index by `email`            `<export>#failures`: their failure
    RowsTable            keys `email`, `key`         a person's rows, packed into leaves     profile_app/profiles
    ProfilesTable        key `email`; stream         a person's profile, for everybody       profile_app/profiles
    StreamsTable         key `id`                    `mapping`: mappings, imports' policies    profile_app/mappings, policies.py
                                                     `reproject`, `reproject#<segment>`      profile_app/reprojection.py

JobsTable, by partition (`job`) and item (`item`); who writes it is behind the arrow:

    import, export      <job id>                     a job's configuration and status        <- http of its function
    <job id>            run#<run>                    a run: counters, status, waiting;       <- who settles its units
                                                     sorted by time; 90 days after the next
                        unit#<run>#<unit>            a unit is counted; its children         <- who did it
                        parked#<run>#<unit>          a task that a stopped job must not do   <- who found it
                        failure#<whom>#<hash>        one record that could not be used       <- who found it
      of an import      names#<client>               what account, client, lists are called  <- http, the plan
                        scope#<run>                  the client and its lists                <- who came first
                        page#, edge#, note#, read#   what is to be known of pages read       <- on_page
                        known#<what>                 cursors: what finished runs know        <- on_page
                        due#<list>                   active people to be read by the next run <- who looks at people
                        looked#<list>#<hour>         how many people were looked at          <- on_page
                        people#<run>                 about how many people it has changed    <- on_rows, on_bulk
                        webhook#<list>               a registered webhook                    <- import, receiver
      of an export      scan#<audience>              how far an audience is read             <- on_changes
                        rules#<segment>              rules to be put back                    <- on_changes
                        brake#<hour>                 how many were cleared or re-subscribed  <- on_changes
                        activity#<hour>#<trigger>    what was done in that hour; 90 days     <- on_changes, http
                        webhook#lytics               when Lytics last told it something      <- receiver
    ledger#<export>     fine#<time>#<id>             what became of up to 90 people, packed; <- on_changes, http
                        listed#<time>#<id>           the same of who failed; 90 days
    pace#<account>      pace                         turns to call the vendor                <- who calls it
    key#<hash>          webhook                      whom the key in a webhook's URL is for  <- import, export
    echo#<list>         sent#<time>#<call>           whom an export wrote                    <- on_changes
                        used#<time>#<nonce>          events that were echoes of it           <- receiver
    erasures            state                        when somebody was erased last           <- profile: http
    erased#<hash>       tombstone                    since when nothing counts of a person   <- profile: http, on_bulk
                        later#<id>                   rows that came after an erasure         <- on_rows, on_bulk
    blocks              <hash>                       a person who never comes back           <- profile: http
    alerts              state                        what is broken, and who was told of it  <- alerts
    sessions            session#<id>                 who was given a token; until it ends    <- auth: http
    events              event#<time>-<chance>        the audit log; 365 days                 <- who answers admins

Items with `expires_at` (epoch seconds) are deleted by DynamoDB some time after it.
"""
