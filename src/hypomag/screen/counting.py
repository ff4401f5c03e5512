"""Counts of a population from its lines: by status, gap, cause, organ step, month and ward; small cells left out."""

from __future__ import annotations

from typing import Any

from hypomag.engine.duckdb import Ward

# what -> (patient, value, is_low, is_unknown); one patient may stand under several values.
BY = {
    "all": "select patient, 'all' as value, status = 'low' as low, status in ('cannot_tell', 'not_measured') as unknown from patient_line",
    "status": "select patient, status as value, status = 'low' as low, false as unknown from patient_line",
    "grade": "select patient, ctcae_grade::varchar as value, status = 'low' as low, false as unknown from patient_line where status = 'low'",
    "tier": "select patient, urgency_tier as value, status = 'low' as low, urgency_tier = 'cannot_tell' as unknown from patient_line",
    "gap": "select f.patient, f.key as value, p.n_low > 0 as low, min(f.holds) is null as unknown from finding f join patient_line p using (patient) where f.part = 'gap' group by all",
    "cause": "select distinct f.patient, f.key as value, p.n_low > 0 as low, false as unknown from finding f join patient_line p using (patient) where f.part = 'cause'",
    "step": "select distinct f.patient, s.step as value, p.n_low > 0 as low, false as unknown from finding f join cause_steps s on s.cause = f.key join patient_line p using (patient) where f.part = 'cause'",
    "companion": """select p.patient, c.value, p.status = 'low' as low, false as unknown from patient_line p, lateral (
        select unnest(['potassium ' || p.potassium, 'calcium ' || p.calcium, 'phosphate ' || p.phosphate,
        'sodium ' || p.sodium, 'bicarbonate ' || p.bicarbonate]) as value) c where c.value is not null""",
    "risk": "select patient, never_tested_reason as value, false as low, true as unknown from patient_line where never_tested_reason is not null",
    "month": "select patient, strftime(make_timestamp(t * 1000000), '%Y-%m') as value, max(is_low) = 1 as low, max(is_low) is null as unknown, count(*) as tests from reading_line group by all",
    "ward": "select patient, ward as value, max(is_low) = 1 as low, max(is_low) is null as unknown, count(*) as tests from reading_line where ward is not null group by all",
}
PARTITIONS = ("status", "grade", "tier")  # their cells add up to a total, so that one missing cell could be worked out


def make(ward: Ward, smallest: int) -> None:
    """Make `counted` (with small cells left out), `counted_whole` (all of them, for the summary) and `worklist`."""
    whole = " union all ".join(
        f"""select '{what}' as what, value, count(distinct patient) as patients,
            {"sum(tests)" if what in ("month", "ward") else "null"}::bigint as tests,
            count(distinct case when low then patient end) as low,
            count(distinct case when unknown then patient end) as unknown
            from ({select}) group by value"""
        for what, select in BY.items()
    )
    ward.db.execute(f"create or replace temp table counted_whole as {whole}")
    small = f"n > 0 and n < {int(smallest)}"
    alike = ", ".join(f"'{what}'" for what in PARTITIONS)
    ward.db.execute(f"""create or replace temp table counted as
        with marked as (
          select what, value, patients, tests, low, unknown, patients > 0 and patients < {int(smallest)} as is_small,
            row_number() over (partition by what, patients > 0 and patients < {int(smallest)} order by patients, value) as nth,
            count(case when patients > 0 and patients < {int(smallest)} then 1 end) over (partition by what) as n_small
          from counted_whole
        ),
        hidden as (
          select *, is_small or (what in ({alike}) and n_small = 1 and nth = 1) as is_hidden from marked
        )
        select what, value, case when not is_hidden then patients end as patients,
          case when not is_hidden then tests end as tests,
          case when not is_hidden and {_large("low", smallest)} then low end as low,
          case when not is_hidden and {_large("unknown", smallest)} then unknown end as unknown
        from hidden""")
    _worklist(ward)


def _large(column: str, smallest: int) -> str:
    return f"(({column} = 0 or {column} >= {smallest}) and (patients - {column} = 0 or patients - {column} >= {smallest}))"


def _worklist(ward: Ward) -> None:
    ward.db.execute("""create or replace temp table worklist as
        with told as (
          select patient, string_agg(distinct key, ';' order by key) filter (part = 'gap' and holds = 1) as gaps,
            string_agg(distinct key, ';' order by key) filter (part = 'cause') as causes
          from finding where part in ('gap', 'cause') group by patient
        )
        select row_number() over (order by case when p.urgency_rank is null then -1 else p.urgency_rank end desc,
            coalesce(p.ctcae_grade, 0) desc, p.n_gaps desc, coalesce(p.expected_yield_low, 0) desc,
            p.lowest nulls last, p.patient) as rank,
          p.patient, p.urgency_tier, p.status, p.ctcae_grade, p.last / 10000.0 as last_mmol_l, moment(p.last_t) as last_at,
          t.gaps, t.causes, p.never_tested_reason
        from patient_line p left join told t using (patient)
        where p.status in ('low', 'high') or p.urgency_tier in ('emergency', 'same_day') or p.n_gaps > 0""")


def totals(ward: Ward) -> dict[str, Any]:
    """Figures of the whole population, and what its testing costs."""
    (patients, tested, low, tests, low_tests, episodes) = ward.db.execute("""
        select count(*), count(*) filter (n_magnesium > 0), count(*) filter (n_low > 0), coalesce(sum(n_magnesium), 0)::bigint,
          coalesce(sum(n_low), 0)::bigint, coalesce(sum(n_episodes), 0)::bigint from patient_line""").fetchall()[0]
    by = {
        what: dict(ward.db.execute(f"select value, patients from counted where what = '{what}' order by value").fetchall())
        for what in ("status", "tier", "gap")
    }
    return {
        "tested": tested,
        "ever_low": low,
        "tests": tests,
        "low_tests": low_tests,
        "episodes": episodes,
        "tests_per_case": round(tests / low, 2) if low else None,
        "test_costs": [
            {"name": row["name"], "currency": row["currency"], "year": row["year"], "each": row["amount"] / 10000,
             "all_tests": round(tests * row["amount"] / 10000, 2),
             "a_case": round(tests / low * row["amount"] / 10000, 2) if low else None, "source": row["source"]}
            for row in ward.read("select * from costs order by cost")
        ],
        "by_status": by["status"],
        "by_tier": by["tier"],
        "by_gap": by["gap"],
    }  # fmt: skip


def pictures(ward: Ward) -> dict[str, list[dict[str, Any]]]:
    """The rows behind each picture of the report."""
    read = ward.read
    return {
        "distribution": read("""select floor(last / 500) * 0.05 as mmol_l, count(*) as patients
            from patient_line where last is not null and last < 20000 group by 1 order by 1"""),
        "profiles": read("""select r.profile, r.name, r.low / 10000.0 as low, r.high / 10000.0 as high,
            (select count(*) from patient_line p where p.last < r.low) as patients
            from ranges r where r.family = 'moles' and r."by" <> 'age' order by r.low, r.profile"""),
        "gaps": read("""select g.gap, g.name, g.about, g.meaning, g.funnel, c.patients, c.unknown
            from gaps g left join (
              select key, count(distinct patient) filter (holds = 1) as patients, count(distinct patient) filter (holds is null) as unknown
              from finding where part = 'gap' group by key) c on c.key = g.gap order by g.funnel nulls last, g.gap"""),
        "funnel": read("""select count(*) as episodes, count(*) filter (treated_at is not null) as treated,
            count(*) filter (untreated = 0) as in_time, count(*) filter (rechecked_at is not null) as rechecked,
            count(*) filter (not_rechecked = 0) as rechecked_in_time, count(*) filter (resolved_at is not null) as resolved,
            count(*) filter (untreated is null) as treatment_unknown from episode_line"""),
        "causes": read("""select s.step, c.name, f.cause, f.patients, f.low from (
              select value as cause, patients, low from counted where what = 'cause' and patients is not null) f
            join causes c on c.cause = f.cause join (select cause, min(step) as step from cause_steps group by cause) s
            on s.cause = f.cause order by f.low desc nulls last, f.patients desc, f.cause"""),
        "times": read("""select 'first magnesium' as what, floor((treated_at - start) / 3600)::bigint as hours, count(*) as episodes
            from episode_line where treated_at is not null group by 2 union all
            select 'next level' as what, floor((rechecked_at - nadir_t) / 3600)::bigint as hours, count(*) as episodes
            from episode_line where rechecked_at is not null group by 2 order by 1, 2"""),
        "companions": read("""select split_part(value, ' ', 1) as analyte, split_part(value, ' ', 2) as status, low as patients
            from counted_whole where what = 'companion' order by 1, 2"""),
        "months": read("select value as month, tests, patients, low from counted where what = 'month' order by value"),
        "wards": read("select value as ward, tests, patients, low from counted where what = 'ward' order by value"),
        "risks": read("""select r.risk, r.name, c.patients, r.prevalence_low / 10000.0 as yield_low,
            r.prevalence_high / 10000.0 as yield_high from counted c join risks r on r.risk = c.value where c.what = 'risk'
            order by c.patients desc nulls last, r.risk"""),
        "worklist": read("select * from worklist order by rank limit 200"),
    }  # fmt: skip
