// The board on a terminal, beside a running host: when it is drawn, and what it leaves behind.

import { performance } from 'node:perf_hooks';
import { createLogUpdate } from 'log-update';
import { draw } from './board.mjs';
import { takeLines } from './output.mjs';
import { decisionLine } from './report.mjs';

const DRAW_EVERY = 1000;
const PAGE_FOR = 8000;
const KEPT = 50;

/**
 * The board, as something that runs along with the ticks. It is there on a terminal where the host
 * runs on and on; elsewhere the host's lines are. @param {ReturnType<import('./sample/part.mjs').lifePart>} life
 */
export function boardPart(life, stream = process.stdout) {
  return {
    addOptions(program) {
      program.option('--no-board', 'write log lines instead of a board, also on a terminal');
    },
    start({ desk, settings }) {
      const { board, ticks, json } = settings;
      if (!board || json || ticks !== Infinity || !stream.isTTY || process.env.TERM === 'dumb') return undefined;
      return show({ title: desk.title, life, stream, colors: !process.env.NO_COLOR });
    },
  };
}

/** Shows a board on `stream` until it is closed. @returns {import('./run.mjs').Companion} */
export function show({ title, life, stream, colors }) {
  const terminal = createLogUpdate(stream);
  const began = performance.now();
  const scene = { title, ticks: 0, failed: 0, assigned: 0, lost: 0, outcome: undefined, decisions: [] };
  const said = [];
  const news = [];

  const note = (line) => {
    news.unshift(line);
    if (news.length > KEPT) news.pop();
  };
  const release = takeLines((text) => {
    said.push(text);
    if (said.length > KEPT) said.shift();
    for (const line of text.trimEnd().split('\n')) note(line);
    redraw();
  });

  function redraw() {
    const page = Math.floor((performance.now() - began) / PAGE_FOR);
    // The cursor stands on the line below.
    const screen = { columns: stream.columns, rows: stream.rows - 1, colors };
    terminal(draw({ ...scene, clock: life.clock(), news, page }, screen).join('\n'));
  }
  function resized() {
    // The terminal has broken the lines anew, nobody knows where.
    stream.write('\u001B[2J\u001B[H');
    terminal.done();
    redraw();
  }

  life.listen(note);
  stream.on('resize', resized);
  const timer = setInterval(redraw, DRAW_EVERY);
  redraw();

  return {
    shows: true,
    ticked(n, outcome) {
      const lost = new Set(outcome.lost.map(({ conversation }) => conversation));
      const made = outcome.won
        ? outcome.plan.decisions.filter(({ agent, conversation }) => agent !== null && !lost.has(conversation))
        : [];
      Object.assign(scene, {
        outcome,
        ticks: n,
        assigned: scene.assigned + outcome.claimed,
        lost: scene.lost + outcome.lost.length,
        decisions: [...made.slice(-KEPT).reverse().map((one) => decisionLine(one, outcome.names)), ...scene.decisions].slice(0, KEPT),
      });
      redraw();
    },
    failed(n) {
      scene.ticks = n;
      scene.failed += 1;
      redraw();
    },
    close() {
      clearInterval(timer);
      stream.off('resize', resized);
      redraw();
      terminal.done();
      release();
      // What was said meanwhile stays readable.
      for (const text of said) stream.write(text);
    },
  };
}
