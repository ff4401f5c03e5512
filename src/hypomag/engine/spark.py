"""The rules on Spark, through PySpark (extra `spark`): the same texts where a nation's data lies.

The record is read from Parquet as the project writes it (read/parquet.py), on any file system Spark knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hypomag import knowledge
from hypomag.engine.texts import INPUTS, needed, rules
from hypomag.record import TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TYPES = {"bigint": "bigint", "double": "double", "text": "string"}
SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # no silent overflow or cast
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.session.timeZone": "UTC",
}


def session(**settings: str) -> SparkSession:
    """A local session for one machine. On a cluster pass its own session to Nation instead."""
    from pyspark.sql import SparkSession

    own = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.driver.memory": "2g",
        **SETTINGS,
    }
    builder = SparkSession.builder.appName("hypomag").master("local[2]")
    for key, value in (own | settings).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


class Nation:
    """One Spark session with knowledge in place; record and inputs are views the caller makes."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark = spark
        for key, value in SETTINGS.items():
            spark.conf.set(key, value)
        self.kept: list[DataFrame] = []
        for name, table in knowledge.load().tables.items():
            self.make(name, table.columns, table.rows)

    def make(self, name: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]] = ()) -> None:
        schema = ", ".join(f"`{c}` {_TYPES[t]}" for c, t in columns.items())
        self.spark.createDataFrame(list(rows), schema).createOrReplaceTempView(name)

    def read_from(self, files: Mapping[str, str]) -> None:
        """Make views of Parquet files, by table name."""
        for name, file in files.items():
            self.spark.read.parquet(file).createOrReplaceTempView(name)

    def make_relations(self, wanted: Iterable[str] | None = None) -> None:
        """Run the rules that the wanted relations need; what is read more than once is kept until `forget`."""
        order = rules() if wanted is None else needed(wanted)
        readers = Counter(name for rule in order for name in rule.reads)
        parts = int(self.spark.conf.get("spark.sql.shuffle.partitions") or "200")  # unions would multiply them
        for rule in order:
            made = self.spark.sql(rule.sql)
            if readers[rule.name] > 1:
                made = made.coalesce(parts).localCheckpoint(eager=True)
                self.kept.append(made)
            made.createOrReplaceTempView(rule.name)

    def run(self, tables: Mapping[str, Iterable[tuple[Any, ...]]], wanted: Iterable[str]) -> dict[str, list[dict]]:
        """Run the rules on `tables` (record and inputs, rows as tuples) and return the wanted relations."""
        wanted = tuple(wanted)
        for name, columns in (TABLES | INPUTS).items():
            self.make(name, columns, tables.get(name, ()))
        self.make_relations(wanted)
        found = {name: [row.asDict() for row in self.spark.table(name).collect()] for name in wanted}
        self.forget()
        return found

    def write(self, name: str, folder: str) -> None:
        """Write a relation as a folder of Parquet; a column that is never told becomes a text without values."""
        table = self.spark.table(name)
        for field in table.schema.fields:
            if field.dataType.typeName() == "void":
                table = table.withColumn(field.name, table[field.name].cast("string"))
        table.write.mode("overwrite").parquet(folder)

    def forget(self) -> None:
        """Give back what is kept of the last run."""
        for frame in self.kept:
            frame.unpersist()
        self.kept = []
