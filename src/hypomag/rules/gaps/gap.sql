-- Every care gap, held or not: 1, 0, or unknown with why.
select g.patient, g.gap, g.episode, g.row, g.holds, g.why_unknown
from gap_untreated g
union all
select g.patient, g.gap, g.episode, g.row, g.holds, g.why_unknown
from gap_undertreated g
union all
select g.patient, g.gap, g.episode, g.row, g.holds, g.why_unknown
from gap_not_rechecked g
union all
select g.patient, g.gap, g.episode, g.row, g.holds, g.why_unknown
from gap_cause_running g
union all
select g.patient, g.gap, null as episode, g.row, g.holds, g.why_unknown
from gap_discharged_low g
union all
select g.patient, g.gap, null as episode, g.row, g.holds, g.why_unknown
from gap_iv_for_oral g
union all
select g.patient, g.gap, null as episode, g.row, g.holds, g.why_unknown
from gap_in_range g
union all
select g.patient, g.gap, null as episode, g.row, g.holds, null as why_unknown
from gap_high_given g
union all
select g.patient, g.gap, null as episode, g.row, g.holds, g.why_unknown
from gap_never_resulted g
union all
select g.patient, g.gap, null as episode, g.row, g.holds, null as why_unknown
from gap_never_tested g
