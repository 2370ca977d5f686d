// A chart as a picture that says by itself what it shows: with its title, the lanes and the moment.

import uPlot from 'uplot';
import { chartsOf, type ChartKind } from '../charts.ts';
import type { Lane } from '../store.ts';
import { laneColor, type Colors } from '../theme.ts';

const WIDTH = 1200;
const HEIGHT = 640;
const HEAD = 112;
const MARGIN = 28;

export async function pictureOf(kind: ChartKind, lanes: Lane[], team: number, about: string, colors: Colors, font: string): Promise<Blob> {
  const shape = chartsOf[kind];
  const canvas = document.createElement('canvas');
  // As dense as the screen, as uPlot's own: nothing is stretched.
  const { devicePixelRatio: ratio } = globalThis;
  canvas.width = WIDTH * ratio;
  canvas.height = HEIGHT * ratio;
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  context.fillStyle = colors['--surface'];
  context.fillRect(0, 0, WIDTH, HEIGHT);
  head(context, shape.title, about, lanes, colors, font);
  const chart = await painted(shape.options(lanes.map(({ name }) => name))(colors), shape.data(lanes, team));
  context.drawImage(chart, MARGIN, HEAD, WIDTH - 2 * MARGIN, HEIGHT - HEAD - MARGIN);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the browser made no picture'))), 'image/png'));
}

function head(context: CanvasRenderingContext2D, title: string, about: string, lanes: Lane[], colors: Colors, font: string): void {
  context.fillStyle = colors['--text'];
  context.font = `650 24px ${font}`;
  context.fillText(title, MARGIN, 46);
  context.font = `15px ${font}`;
  context.fillStyle = colors['--muted'];
  context.textAlign = 'right';
  context.fillText(about, WIDTH - MARGIN, 46);
  context.textAlign = 'left';
  let x = MARGIN;
  lanes.forEach(({ name }, lane) => {
    context.fillStyle = laneColor(colors, lane);
    context.beginPath();
    context.roundRect(x, 68, 20, 20, lane === 0 ? 4 : 10);
    context.fill();
    context.fillStyle = colors['--surface'];
    context.font = `700 13px ${font}`;
    context.fillText(lane === 0 ? 'A' : 'B', x + 5.5, 83);
    context.fillStyle = colors['--text'];
    context.font = `16px ${font}`;
    context.fillText(name, x + 28, 84);
    x += 28 + context.measureText(name).width + 32;
  });
}

/** uPlot paints a moment after it was made. */
async function painted(options: Omit<uPlot.Options, 'width' | 'height'>, data: uPlot.AlignedData): Promise<HTMLCanvasElement> {
  const ready = new Promise<uPlot>((resolve) => {
    const size = { width: WIDTH - 2 * MARGIN, height: HEIGHT - HEAD - MARGIN };
    new uPlot({ ...options, ...size, pxAlign: 0, hooks: { draw: [resolve] } }, data, document.createElement('div'));
  });
  const plot = await ready;
  return plot.ctx.canvas;
}
