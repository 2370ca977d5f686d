// A file for whoever looks at the page; it is made here and comes from no server.

export function save(name: string, content: Blob | string, type = 'text/plain'): void {
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type: `${type};charset=utf-8` }) : content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Firefox reads it only after the click is over.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
