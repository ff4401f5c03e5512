"""Lines compared byte by byte with patterns (pattern.py), compiled by numba: what most lines of an export need.

A line is alike where all that never changes stands in it, and each text, number, id and time between is of its kind. An
escape, an exponent, a control character or anything else unusual: the line is not alike, and is left to the reader of a
single patient. So is every line where numba (extra `fast`) is not installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypomag.fast import FAST, numba
from hypomag.read.json_text import MAX_VALUES

if FAST:
    import numpy as np
    from numpy import uint64 as u64

# What stands between the parts of a line that never change. From VALUE and from TIME on: one for each place in the line.
UNREAD, READ, UNREAD_NUMBER, READ_NUMBER, ID, PATIENT, ORDER, SPECIMEN, VALUE = range(9)
VALUES, TIMES = 2, 3
TIME = VALUE + VALUES
HIGH = 2 * (TIME - ID)  # behind where each of the line's own begins and ends: whether it is not plain ASCII
END = -1
NO_TIME = -(2**63)
LONGEST_NUMBER, LONGEST_ID = 30, 64
LEFT, SPARE = -1, 16  # no pattern fits; bytes behind the last line, so that eight can be read at once


def compiled(function: Callable) -> Any:
    """The function compiled once for a machine and kept on disk."""
    return numba.njit(cache=True, nogil=True)(function) if FAST else function


if FAST:
    ONES, TOPS = u64(0x0101010101010101), u64(0x8080808080808080)
    ENDS = u64(0x0A0A0A0A0A0A0A0A)
    QUOTES, ESCAPES, SPACES = u64(0x2222222222222222), u64(0x5C5C5C5C5C5C5C5C), u64(0x2020202020202020)
    FOLD, EIGHT, ONE, NONE = u64(29), u64(8), u64(1), u64(0)
    IN_ID = np.zeros(256, np.bool_)
    IN_ID[[ord(c) for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-"]] = True
    PATIENT_IS, ORDER_IS, SPECIMEN_IS = (
        np.frombuffer(text, np.uint8) for text in (b"Patient/", b"ServiceRequest/", b"Specimen/")
    )
    DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@compiled
def word(words, p):  # type: ignore[no-untyped-def]
    """The eight bytes from place p on."""
    i, shift = p >> 3, u64((p & 7) << 3)
    return (words[i] >> shift) | ((words[i + 1] << ONE) << (u64(63) - shift))


@compiled
def low_bytes(n):  # type: ignore[no-untyped-def]
    """A mask of the first n < 8 bytes."""
    return (ONE << u64(n << 3)) - ONE


@compiled
def mixed(words, p, end, h, key):  # type: ignore[no-untyped-def]
    """A hash of h and the bytes from p to end."""
    length = u64(end - p)
    while p + 8 <= end:
        h = (h ^ word(words, p)) * key
        h ^= h >> FOLD
        p += 8
    h = (h ^ (word(words, p) & low_bytes(end - p))) * key
    h ^= h >> FOLD
    h = (h ^ length) * key
    return h ^ (h >> FOLD)


@compiled
def text_end(words, p):  # type: ignore[no-untyped-def]
    """Where the text from p on has its closing quote (-1 where something else comes first), and all its bits."""
    bits = NONE
    while True:
        w = word(words, p)
        q, b = w ^ QUOTES, w ^ ESCAPES
        found = (((q - ONES) & ~q) | ((b - ONES) & ~b) | ((w - SPACES) & ~w)) & TOPS
        if found == NONE:
            bits |= w
            p += 8
            continue
        before = (found & (~found + ONE)) - ONE  # the bits below the first that was found
        n = (((before & ONES) * ONES) >> u64(56)) - ONE
        bits |= w & ((ONE << (n * EIGHT)) - ONE)
        stop = (w >> (n * EIGHT)) & u64(255)
        return (p + np.int64(n) if stop == u64(34) else -1), bits


@compiled
def number_end(buf, p):  # type: ignore[no-untyped-def]
    """Where the number from p on ends; -1 for an exponent, -0, or no number that JSON knows."""
    first = p
    if buf[p] == 45:
        p += 1
    whole = p
    while 48 <= buf[p] <= 57:
        p += 1
    if p == whole or (buf[whole] == 48 and p > whole + 1):
        return -1
    if buf[p] == 46:
        point = p
        p += 1
        while 48 <= buf[p] <= 57:
            p += 1
        if p == point + 1:
            return -1
    elif buf[first] == 45 and buf[whole] == 48:
        return -1
    return -1 if p - first > LONGEST_NUMBER else p


@compiled
def is_id(buf, p, end):  # type: ignore[no-untyped-def]
    """Whether the bytes are an id as FHIR has it."""
    if end <= p or end - p > LONGEST_ID:
        return False
    for i in range(p, end):  # noqa: SIM110  (numba knows no generators)
        if not IN_ID[buf[i]]:
            return False
    return True


@compiled
def starts(buf, p, end, what):  # type: ignore[no-untyped-def]
    """Whether the bytes from p to end start with `what`."""
    if end - p < what.size:
        return False
    for i in range(what.size):  # noqa: SIM110
        if buf[p + i] != what[i]:
            return False
    return True


@compiled
def digits(buf, p, n):  # type: ignore[no-untyped-def]
    """n digits as a number, -1 where they are none."""
    value = 0
    for i in range(p, p + n):
        if buf[i] < 48 or buf[i] > 57:
            return -1
        value = value * 10 + buf[i] - 48
    return value


@compiled
def moment(buf, p, end):  # type: ignore[no-untyped-def]
    """Seconds of a time such as 2024-05-29T19:52:25.5+02:00; NO_TIME for anything that is not so plain."""
    if (
        end - p < 20
        or buf[p + 4] != 45
        or buf[p + 7] != 45
        or buf[p + 10] != 84
        or buf[p + 13] != 58
        or buf[p + 16] != 58
    ):
        return NO_TIME
    year, month, day = digits(buf, p, 4), digits(buf, p + 5, 2), digits(buf, p + 8, 2)
    hour, minute, second = digits(buf, p + 11, 2), digits(buf, p + 14, 2), digits(buf, p + 17, 2)
    if year < 1900 or not 1 <= month <= 12 or day < 1 or not 0 <= hour <= 23 or not 0 <= minute <= 59:
        return NO_TIME
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > DAYS[month - 1] + (1 if leap and month == 2 else 0) or not 0 <= second <= 59:
        return NO_TIME
    p += 19
    if buf[p] == 46:
        first = p + 1
        p += 1
        while 48 <= buf[p] <= 57:
            p += 1
        if p == first or p - first > 9:
            return NO_TIME
    away = 0
    if buf[p] == 90 and p + 1 == end:
        pass
    elif (buf[p] == 43 or buf[p] == 45) and p + 6 == end and buf[p + 3] == 58:
        hours, minutes = digits(buf, p + 1, 2), digits(buf, p + 4, 2)
        if not 0 <= hours <= 14 or not 0 <= minutes <= 59:
            return NO_TIME
        away = (hours * 60 + minutes) * (60 if buf[p] == 43 else -60)
    else:
        return NO_TIME
    y = year - 1 if month <= 2 else year  # days since 1970 in a calendar whose year starts in March
    in_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days = y * 365 + y // 4 - y // 100 + y // 400 + in_year - 719468
    return days * 86400 + hour * 3600 + minute * 60 + second - away


@compiled
def lines(buf, words, n):  # type: ignore[no-untyped-def]
    """Where the lines among the first n bytes begin, and where their line ends are."""
    begins, ends = np.empty(n, np.int64), np.empty(n, np.int64)
    count = begin = 0
    for i in range((n + 7) // 8):
        w = words[i] ^ ENDS
        if ((w - ONES) & ~w & TOPS) == NONE:
            continue
        for p in range(8 * i, min(8 * i + 8, n)):
            if buf[p] == 10:
                begins[count], ends[count] = begin, p
                count, begin = count + 1, p + 1
    return begins[:count].copy(), ends[:count].copy()


@compiled
def place_of(keys, numbers, h1, h2):  # type: ignore[no-untyped-def]
    """Where the pair of hashes stands, or may be put, in a table of a power of two places."""
    mask = u64(numbers.size - 1)
    i = h1 & mask
    while numbers[i] >= 0 and (keys[i, 0] != h1 or keys[i, 1] != h2):
        i = (i + ONE) & mask
    return i


@compiled
def fits(buf, words, p, end, pattern, patterns, key, hashes, spans, times):  # type: ignore[no-untyped-def]
    """Whether the bytes from p to end fit a pattern.

    Fills the two hashes of the wording, where id, patient, order, specimen and values begin and end, and the times. The
    last of `spans` is 1 where the line is not plain ASCII.
    """
    first, fixed, fixed_at, fixed_len, behind = patterns
    h1, h2 = key[2] ^ u64(pattern), key[3] ^ u64(pattern)
    bits = NONE
    spans[:] = 0
    times[:] = NO_TIME
    for part in range(first[pattern], first[pattern + 1]):
        at, left = fixed_at[part], fixed_len[part]
        while left >= 8 and word(words, p) == fixed[at]:
            p, at, left = p + 8, at + 1, left - 8
        if left >= 8 or ((word(words, p) ^ fixed[at]) & low_bytes(left)) != NONE:
            return False
        p += left
        role = behind[part]
        if role == END:
            break
        if role in (UNREAD_NUMBER, READ_NUMBER) or VALUE <= role < TIME:
            q = number_end(buf, p)
        else:
            q, some = text_end(words, p)
            bits |= some
        if q < 0:
            return False
        read = role in (READ, READ_NUMBER)
        if ID <= role < TIME:
            spans[2 * (role - ID)], spans[2 * (role - ID) + 1] = p, q
            if role == ID and not is_id(buf, p, q):
                return False
            if role == PATIENT and not (starts(buf, p, q, PATIENT_IS) and is_id(buf, p + PATIENT_IS.size, q)):
                return False
            if role == ORDER and not (starts(buf, p, q, ORDER_IS) and is_id(buf, p + ORDER_IS.size, q)):
                return False
            if role == SPECIMEN and not (starts(buf, p, q, SPECIMEN_IS) and is_id(buf, p + SPECIMEN_IS.size, q)):
                return False
        elif role >= TIME:
            t = times[role - TIME] = moment(buf, p, q)
            read = t == NO_TIME
            h1 = (h1 ^ u64(read)) * key[0]
        if read:
            h1, h2 = mixed(words, p, q, h1, key[0]), mixed(words, p, q, h2, key[1])
        p = q
    for i in range(TIMES):  # facts may hang on which time comes first
        for j in range(i):
            h1 = (h1 ^ u64(times[j] < times[i]) ^ (u64(times[j] == times[i]) << ONE)) * key[0]
    hashes[0], hashes[1], spans[HIGH] = h1, h2, (bits & TOPS) != NONE
    return p == end


@compiled
def copied(buf, p, end, to, n):  # type: ignore[no-untyped-def]
    """Copy bytes to place n and close them with a line end; returns the place behind it."""
    for i in range(p, end):
        to[n] = buf[i]
        n += 1
    to[n] = 10
    return n + 1


@compiled
def compare(buf, words, begins, ends, todo, patterns, order, key, tables, out, texts):  # type: ignore[no-untyped-def]
    """Compare the lines `todo` with every pattern. Returns how many bytes of each of the five texts were written.

    patterns: first part of each, and of each part: its bytes' place in `fixed`, their number, what comes behind.
    tables: hashes and numbers of the wordings and of the patients met so far, their counts and where each was met first.
    out: of each line the wording (LEFT where none fits), the patient, the times, whether it needs a look at its UTF-8.
    texts: id, order, specimen and the values of the lines that fit, each closed by a line end.
    """
    wording_keys, wordings, who_keys, whos, counts, met, met_times, who_met = tables
    wording, who, times, high = out
    ids, orders, specimens, values, others = texts
    hashes, spans, found = np.zeros(2, np.uint64), np.zeros(HIGH + 1, np.int64), np.zeros(TIMES, np.int64)
    n_ids = n_orders = n_specimens = n_values = n_others = 0
    for line in todo:
        wording[line] = LEFT
        if ends[line] - begins[line] > MAX_VALUES:
            continue  # it might hold more than json_text allows
        for tried in range(order.size):
            pattern = order[tried]
            if not fits(buf, words, begins[line], ends[line], pattern, patterns, key, hashes, spans, found):
                continue
            i = place_of(wording_keys, wordings, hashes[0], hashes[1])
            if wordings[i] < 0:
                n = counts[0]
                if n >= met.shape[0]:
                    break  # so many wordings that hardly one will be met again
                wordings[i] = n
                wording_keys[i] = hashes
                met[n, 0], met[n, 1] = line, pattern
                met_times[n] = found
                counts[0] += 1
            wording[line] = wordings[i]
            at, end = spans[2] + PATIENT_IS.size, spans[3]
            w1, w2 = mixed(words, at, end, key[2], key[0]), mixed(words, at, end, key[3], key[1])
            i = place_of(who_keys, whos, w1, w2)
            if whos[i] < 0:
                whos[i] = counts[1]
                who_keys[i, 0], who_keys[i, 1] = w1, w2
                who_met[counts[1], 0], who_met[counts[1], 1] = at, end
                counts[1] += 1
            who[line] = whos[i]
            times[line] = found
            high[line] = spans[HIGH] == 1
            n_ids = copied(buf, spans[0], spans[1], ids, n_ids)
            n_orders = copied(buf, spans[4], spans[5], orders, n_orders)
            n_specimens = copied(buf, spans[6], spans[7], specimens, n_specimens)
            n_values = copied(buf, spans[8], spans[9], values, n_values)
            n_others = copied(buf, spans[10], spans[11], others, n_others)
            for i in range(tried, 0, -1):  # the next line is most often like this one
                order[i] = order[i - 1]
            order[0] = pattern
            break
    return n_ids, n_orders, n_specimens, n_values, n_others
