#!/usr/bin/env python3
"""Reads a workbook with openpyxl and writes what each cell says, as JSON.

Shares nothing with the Rust writer and reader. Each sheet is a list of rows, each
row a list of [kind, text] or null; kinds are "number", "text", "date" and "formula".
"""

import datetime
import json
import sys
import warnings

import openpyxl


def said(cell):
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f":
        return ["formula", str(value)]
    if isinstance(value, datetime.datetime):
        if not cell.is_date:
            raise ValueError(f"{cell.coordinate}: a date without the format of one")
        return ["date", value.strftime("%d/%m/%Y")]
    if isinstance(value, (int, float)):
        return ["number", repr(value)]
    return ["text", value]


def main():
    # A warning about the file is a fault of the file.
    warnings.simplefilter("error")
    book = openpyxl.load_workbook(sys.argv[1])
    sheets = [[name, [[said(cell) for cell in row] for row in book[name].iter_rows()]]
              for name in book.sheetnames]
    json.dump(sheets, sys.stdout, ensure_ascii=True)


if __name__ == "__main__":
    main()
