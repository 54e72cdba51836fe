/**
 * `npm start`, `npm test`, `npm run bench`, `faults` and `fuzz` on a bare clone: installs, goes on with the pinned Node,
 * builds, then does what was asked.
 * Written so that Node 12 can read it and say what is missing.
 */
'use strict';

const { pathToFileURL } = require('url');
const { join } = require('path');
const node = require('./pinned-node.cjs');

const command = process.argv[2];

if (node.tooOldToInstall()) {
  node.give(
    `Vigil needs Node ${node.INSTALL_MAJOR} or newer to install itself; this is ${process.version}. Get a newer one from https://nodejs.org`,
  );
}
const COMMANDS = ['start', 'test', 'bench', 'faults', 'fuzz'];
if (COMMANDS.indexOf(command) < 0) node.give('usage: node scripts/bootstrap.cjs ' + COMMANDS.join('|'));

// Benches print JSON lines on stdout: what is said on the way there goes to stderr.
if (command === 'bench') console.log = console.error;

function load(name) {
  return import(pathToFileURL(join(__dirname, name)).href);
}

async function run() {
  const { install, isInstalled } = require('./install.cjs');
  if (!isInstalled()) {
    const problem = await install();
    if (problem) node.give(problem);
  }
  const runOn = node.nodeToRunOn();
  if (runOn !== process.execPath) {
    node.becomes(runOn, __filename, process.argv.slice(2));
    return;
  }
  const { build } = await load('build.mjs');
  if (!(await build())) process.exit(1);
  // The command reads its own options as if it had been called by itself.
  process.argv.splice(2, 1);
  await load(`${command}.mjs`);
}

run().catch((error) => node.give(error.stack || String(error)));
