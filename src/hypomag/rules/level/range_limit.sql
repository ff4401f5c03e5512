-- The limits of each named range. Where its source gives no upper limit the default's holds, so that nothing is called
-- normal for want of one.
select r.profile, r.family, r.low,
       case when r.high is not null then r.high when r.high is null then d.high end as high
from ranges r
join ranges d on d.family = r.family and d."by" = 'default'
