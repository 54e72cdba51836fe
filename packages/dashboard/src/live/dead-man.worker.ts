/** A file of its own: it runs beside the page and goes on when the page hangs. */
export type DeadManMessage =
  | { readonly kind: 'canvas'; readonly canvas: OffscreenCanvas; readonly words: string }
  | { readonly kind: 'armed' }
  | { readonly kind: 'disarmed' }
  | { readonly kind: 'alive' };

/** Without a word of the page for so long it is said to be frozen. Wall time. */
const SILENT_MS = 3_000;
const LOOK_EVERY_MS = 200;
const [WIDTH, HEIGHT] = [1_600, 80];

let canvas: OffscreenCanvas | null = null;
let words = '';
let armed = false;
/** Null: nothing was ever drawn. The first frame has to reach the page while it lives, or none will. */
let drawn: boolean | null = null;
let heardMs = performance.now();

function draw(isFrozen: boolean): void {
  const paint = canvas?.getContext('2d');
  if (!paint || drawn === isFrozen) return;
  drawn = isFrozen;
  paint.clearRect(0, 0, WIDTH, HEIGHT);
  if (!isFrozen) return;
  paint.fillStyle = '#ffffff';
  paint.fillRect(0, 0, WIDTH, HEIGHT);
  paint.fillStyle = '#7a000f';
  paint.font = 'bold 44px sans-serif';
  paint.textAlign = 'center';
  paint.textBaseline = 'middle';
  paint.fillText(words, WIDTH / 2, HEIGHT / 2, WIDTH - 40);
}

addEventListener('message', ({ data }: MessageEvent<DeadManMessage>) => {
  heardMs = performance.now();
  if (data.kind === 'canvas') {
    canvas = data.canvas;
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    words = data.words;
  } else if (data.kind !== 'alive') armed = data.kind === 'armed';
  draw(false);
});

setInterval(() => draw(armed && performance.now() - heardMs > SILENT_MS), LOOK_EVERY_MS);
