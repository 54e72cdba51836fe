/** Draws the PNG icons of the installed app from public/icon.svg: `node packages/dashboard/scripts/icons.mjs`, with a Chromium. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const publicDir = join(import.meta.dirname, '../public');
const svg = await readFile(join(publicDir, 'icon.svg'), 'utf8');
const browser = await chromium.launch({
  executablePath: process.env.VIGIL_TEST_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage();

/** @param fill of the square that the picture takes; a maskable icon keeps its edge free (W3C, Web App Manifest, 80 % safe zone) */
async function draw(name, px, fill) {
  await page.setViewportSize({ width: px, height: px });
  const size = Math.round(px * fill);
  await page.setContent(
    `<body style="margin:0;background:${fill < 1 ? '#0b1016' : 'transparent'};display:grid;place-items:center;height:100vh">` +
      svg.replace('<svg ', `<svg width="${size}" height="${size}" `) +
      '</body>',
  );
  await writeFile(join(publicDir, name), await page.screenshot({ omitBackground: fill === 1 }));
  process.stdout.write(`${name}: ${px} px\n`);
}

await draw('icon-192.png', 192, 1);
await draw('icon-512.png', 512, 1);
await draw('icon-maskable-512.png', 512, 0.75);
await draw('apple-touch-icon.png', 180, 0.9);
await browser.close();
