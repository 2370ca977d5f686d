// Tables as CSV (RFC 4180), for people who open it in a spreadsheet.

export type Cell = string | number | null | undefined;

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

/** Returns a table with its head in the first row; a text that would be a formula gets a `'` before it. */
export function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(written).join(',')}\r\n`).join('');
}

function written(cell: Cell): string {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
