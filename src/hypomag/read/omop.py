"""OMOP CDM 5.4: a DuckDB file, or a folder with one Parquet file a table.

Codes and names come from the site's own `concept` table; no concept id is known here. Any other database is
read through an extract of these tables to Parquet (docs/how-to/screen.md). Orders and allergies are not part of the
model.
"""

from __future__ import annotations

from pathlib import Path

from hypomag.read.staged import Stage, Unit, quoted
from hypomag.record import Refused

# table: the columns that are read; those before the bar must be there, of the others an absent one is empty.
TABLES = {
    "concept": "concept_id concept_name vocabulary_id concept_code |",
    "person": "person_id year_of_birth | month_of_birth day_of_birth birth_datetime gender_concept_id",
    "death": "person_id death_date | death_datetime",
    "care_site": "care_site_id care_site_name |",
    "visit_occurrence": "visit_occurrence_id person_id visit_concept_id visit_start_date visit_end_date | "
    "visit_start_datetime visit_end_datetime care_site_id",
    "measurement": "measurement_id person_id measurement_concept_id measurement_date | measurement_datetime "
    "operator_concept_id value_as_number value_as_concept_id unit_concept_id range_low range_high "
    "measurement_source_value measurement_source_concept_id unit_source_value value_source_value",
    "drug_exposure": "drug_exposure_id person_id drug_concept_id drug_exposure_start_date | "
    "drug_exposure_start_datetime drug_exposure_end_date drug_exposure_end_datetime drug_type_concept_id days_supply "
    "sig route_concept_id drug_source_value drug_source_concept_id",
    "condition_occurrence": "condition_occurrence_id person_id condition_concept_id condition_start_date | "
    "condition_start_datetime condition_end_date condition_end_datetime condition_source_value "
    "condition_source_concept_id",
    "procedure_occurrence": "procedure_occurrence_id person_id procedure_concept_id procedure_date | "
    "procedure_datetime procedure_source_value procedure_source_concept_id",
}  # fmt: skip
REQUIRED = ("concept", "person")
SYSTEMS = """case VOCABULARY when 'LOINC' then 'loinc' when 'RxNorm' then 'rxnorm' when 'RxNorm Extension' then 'local'
  when 'ATC' then 'atc' when 'ICD10CM' then 'icd10cm' when 'ICD9CM' then 'icd9cm' when 'SNOMED' then 'snomed'
  when 'NDC' then 'ndc' else 'local' end"""
FIRST = "('icd10cm', 'icd9cm')"  # a diagnosis is told by the code it was made with, before the concept it maps to
NOON, LAST_SECOND, DAY = 43200, 86399, 86400


def inputs(source: Path) -> list[Path]:
    """The files that are read. Raises Refused where there is no person or no concept."""
    if source.is_file():
        return [source]
    files = [source / f"{table}.parquet" for table in TABLES]
    for table in REQUIRED:
        if not (source / f"{table}.parquet").is_file():
            raise Refused(f"{source}: holds no {table}.parquet; OMOP is a DuckDB file or one Parquet file a table.")
    return [file for file in files if file.is_file()]


def lift(stage: Stage, source: Path) -> None:
    """Lift the whole source as one unit. Raises Refused where a required table or column is missing."""
    with stage.unit("omop") as unit:
        if unit:
            for table in TABLES:
                _open(unit, source, table)
            _person(unit)
            _visits(unit)
            _measurements(unit)
            _drugs(unit)
            _told(unit, "condition_occurrence", "condition", "conditions", "_start")
            _told(unit, "procedure_occurrence", "procedure", "procedures", "")


def _open(unit: Unit, source: Path, table: str) -> None:
    """Make the view omop_TABLE with the columns that are read."""
    db = unit.db
    must, may = (part.split() for part in TABLES[table].split("|"))
    if source.is_file():
        db.execute(f"attach if not exists '{quoted(source)}' as site (read_only)")
        held = db.execute("select table_name from duckdb_tables() where database_name = 'site' union "
                          "select view_name from duckdb_views() where database_name = 'site'").fetchall()  # fmt: skip
        found = f"site.{table}" if (table,) in held else ""
    else:
        found = f"'{quoted(source)}/{table}.parquet'" if (source / f"{table}.parquet").is_file() else ""
    if not found:
        if table in REQUIRED:
            raise Refused(f"{source}: holds no table {table}.")
        columns = {c: f"null::{'varchar' if _is_text(c) else 'bigint'}" for c in must + may}
    else:
        has = {row[0].lower() for row in db.execute(f"describe from {found}").fetchall()}
        if missing := [c for c in must if c not in has]:
            raise Refused(f"{source}: table {table} has no column {', '.join(missing)}.")
        columns = {c: c if c in has else f"null::{'varchar' if _is_text(c) else 'bigint'}" for c in must + may}
    listed = ", ".join(f"{made} as {c}" for c, made in columns.items())
    where = f"from {found}" if found else "where false"
    db.execute(f"create or replace temp view omop_{table} as select {listed} {where}")


def _is_text(column: str) -> bool:
    return column.endswith(("_value", "_date", "_datetime", "_name", "_code", "sig")) and column != "value_as_number"


def _time(at: str, day: str) -> dict[str, str]:
    """start and its precision from a datetime, else from a date."""
    exact, whole = f"try_cast({at} as timestamp)", f"try_cast({day} as date)"
    return {
        "start": f"coalesce(epoch_ms({exact}) // 1000, epoch_ms({whole}::timestamp) // 1000 + {NOON})",
        "start_precision": f"case when {exact} is not null then 'second' when {whole} is not null then 'day' end",
    }


def _end(at: str, day: str) -> str:
    return (
        f"coalesce(epoch_ms(try_cast({at} as timestamp)) // 1000, "
        f"epoch_ms(try_cast({day} as date)::timestamp) // 1000 + {LAST_SECOND})"
    )


def _coded(prefix: str) -> str:
    """FROM with the standard concept c and the source concept o of a table t; nothing for concept 0."""
    return (
        f"left join omop_concept c on c.concept_id = t.{prefix}_concept_id and c.concept_id <> 0 "
        f"left join omop_concept o on o.concept_id = t.{prefix}_source_concept_id and o.concept_id <> 0"
    )


def _concept(prefix: str) -> dict[str, str]:
    """code, system and text: of the standard concept, of the source's own where that is a diagnosis or stands alone."""
    standard, own = (SYSTEMS.replace("VOCABULARY", f"{one}.vocabulary_id") for one in ("c", "o"))
    use_own = f"(o.concept_id is not null and (c.concept_id is null or {own} in {FIRST}))"
    return {
        "code": f"case when {use_own} then o.concept_code else c.concept_code end",
        "system": f"case when {use_own} then {own} when c.concept_id is not null then {standard} end",
        "text": f"coalesce(case when {use_own} then o.concept_name else c.concept_name end, t.{prefix}_source_value)",
    }


def _sound(unit: Unit, table: str, key: str, time: dict[str, str], joins: str = "") -> str:
    """The rows about a known person with a time; the others go to the rejects. What FROM reads."""
    db = unit.db
    db.execute(f"""create or replace temp view judged_{table} as
        select t.*, case when t.person_id is null then 'person_id is missing'
          when t.person_id not in (select person_id from omop_person) then 'no person has this person_id'
          when {time["start"]} is null then 'has no time' end as reason from omop_{table} t""")
    unit.counts.received += db.execute(f"select count(*) from omop_{table}").fetchall()[0][0]
    unit.put("rejects", f"(from judged_{table} where reason is not null)", file=f"'{table}'",
             source_ref=f"concat('{table} ', {key})", reason="reason")  # fmt: skip
    unit.counts.lifted += db.execute(f"select count(*) from judged_{table} where reason is null").fetchall()[0][0]
    return f"(from judged_{table} where reason is null) t {joins}"


def _where(table: str, key: str) -> dict[str, str]:
    return {"patient": "t.person_id::varchar", "source_ref": f"concat('{table} ', t.{key})", "file": f"'{table}'"}


def _person(unit: Unit) -> None:
    month, day = "month_of_birth", "day_of_birth"
    exact = "try_cast(birth_datetime as timestamp)"
    to_day = f"{day} is not null and {month} is not null"
    first, after = (f"epoch_ms(make_date({year}, 1, 1)::timestamp)" for year in ("year_of_birth", "year_of_birth + 1"))
    birth = f"""case when {exact} is not null then epoch_ms({exact}) // 1000
      when {to_day} then epoch_ms(make_date(year_of_birth, {month}, {day})::timestamp) // 1000 + {NOON}
      else ({first} + {after}) // 2000 end"""
    count = unit.db.execute("select count(*) from omop_person").fetchall()[0][0]
    unit.counts.received += count
    unit.counts.lifted += count
    unit.put(
        "patients", "omop_person t left join omop_concept c on c.concept_id = t.gender_concept_id "
        "left join omop_death d on d.person_id = t.person_id",
        id="t.person_id::varchar", birth=birth,
        birth_precision=f"case when {exact} is not null or ({to_day}) then 'day' else 'year' end",
        sex="case upper(c.concept_name) when 'FEMALE' then 'female' when 'MALE' then 'male' end",
        deceased="case when d.person_id is not null then 1 end", until=_end("d.death_datetime", "d.death_date"),
        **_where("person", "person_id"),
    )  # fmt: skip


def _visits(unit: Unit) -> None:
    time = _time("t.visit_start_datetime", "t.visit_start_date")
    source = _sound(unit, "visit_occurrence", "visit_occurrence_id", time,
        "left join omop_concept c on c.concept_id = t.visit_concept_id "
        "left join omop_care_site s on s.care_site_id = t.care_site_id")  # fmt: skip
    kind = (
        "case c.concept_code when 'IP' then 'IMP' when 'ERIP' then 'IMP' when 'ER' then 'EMER' when 'OP' then 'AMB' "
        "else c.concept_name end"
    )
    unit.put(
        "encounters", source, ward="s.care_site_name", status="'finished'",
        until=_end("t.visit_end_datetime", "t.visit_end_date"),
        **{"class": kind}, **time, **_where("visit_occurrence", "visit_occurrence_id"),
    )  # fmt: skip


def _measurements(unit: Unit) -> None:
    time = _time("t.measurement_datetime", "t.measurement_date")
    joins = (
        f"{_coded('measurement')} "
        "left join omop_concept u on u.concept_id = t.unit_concept_id and u.vocabulary_id = 'UCUM' "
        "left join omop_concept p on p.concept_id = t.operator_concept_id and p.concept_id <> 0 "
        "left join omop_concept v on v.concept_id = t.value_as_concept_id and v.concept_id <> 0"
    )
    source = _sound(unit, "measurement", "measurement_id", time, joins)
    # An operator we do not know takes the number away: it may change what the number means.
    known = "(p.concept_id is null or p.concept_name in ('=', '<', '<=', '>', '>='))"
    ranged = "t.range_low is not null or t.range_high is not null"
    unit.put(
        "observations", source, value=f"case when {known} then t.value_as_number end",
        value_text="coalesce(t.value_source_value, case when t.value_as_number is null then v.concept_name "
        "else t.value_as_number::double::varchar end)",
        comparator=f"case when {known} and p.concept_name <> '=' then p.concept_name end",
        unit="u.concept_code", unit_text="t.unit_source_value", ref_low="t.range_low", ref_high="t.range_high",
        ref_unit=f"case when {ranged} then coalesce(u.concept_code, t.unit_source_value) end",
        **_concept("measurement"), **time, **_where("measurement", "measurement_id"),
    )  # fmt: skip


def _drugs(unit: Unit) -> None:
    time = _time("t.drug_exposure_start_datetime", "t.drug_exposure_start_date")
    joins = (
        f"{_coded('drug')} left join omop_concept k on k.concept_id = t.drug_type_concept_id "
        "left join omop_concept r on r.concept_id = t.route_concept_id and r.concept_id <> 0"
    )
    source = _sound(unit, "drug_exposure", "drug_exposure_id", time, joins)
    named = "lower(k.concept_name)"
    end = _end("t.drug_exposure_end_datetime", "t.drug_exposure_end_date")
    lasting = f"case when contains({named}, 'dispens') and t.days_supply > 0 then t.days_supply::bigint * {DAY} end"
    unit.put(
        "medications", source, route="r.concept_name", dose_text="t.sig",
        kind=f"case when contains({named}, 'administration') then 'given' "
        f"when contains({named}, 'dispens') then 'dispensed' "
        f"when contains({named}, 'prescri') or contains({named}, 'order') then 'ordered' else 'reported' end",
        duration_text="t.days_supply || ' d'", until=f"greatest({end}, {time['start']} + {lasting})",
        **_concept("drug"), **time, **_where("drug_exposure", "drug_exposure_id"),
    )  # fmt: skip


def _told(unit: Unit, table: str, prefix: str, target: str, start: str) -> None:
    """Conditions and procedures."""
    time = _time(f"t.{prefix}{start}_datetime", f"t.{prefix}{start}_date")
    source = _sound(unit, table, f"{table}_id", time, _coded(prefix))
    more = {}
    if target == "conditions":
        more = {"kind": "'condition'", "until": _end("t.condition_end_datetime", "t.condition_end_date")}
    unit.put(target, source, **more, **_concept(prefix), **time, **_where(table, f"{table}_id"))
