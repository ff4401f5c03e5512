-- The next test worth asking for: what each test, question or bedside sign would tell about the cause and the step,
-- against its burden. worth 0: it would change nothing. A sign or question that shows no finding says how grave it is,
-- not why it is.
select o.patient, t.test, o.finding, k.burden,
       case when b.finding is null then 0 when b.finding is not null then b.bits_step end as bits_step,
       case when b.finding is null then 0 when b.finding is not null then b.bits_cause end as bits_cause,
       case when b.bits_cause >= w.worth_from then 1
            when b.finding is null or b.bits_cause < w.worth_from then 0 end as worth
from open_finding o
join test_findings t on t.finding = o.finding
join tests k on k.test = t.test
cross join why_scale w
left join finding_bits b on b.patient = o.patient and b.finding = o.finding
union all
select a.patient, k.test, null as finding, k.burden, 0 as bits_step, 0 as bits_cause, 0 as worth
from why_asked a
join tests k on k.kind in ('question', 'sign')
left join test_findings t on t.test = k.test
where t.test is null
