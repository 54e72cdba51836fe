/**
 * `npm start` and `npm test` on a bare clone: installs, goes on with the pinned Node, builds, then starts or tests.
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
if (command !== 'start' && command !== 'test') node.give('usage: node scripts/bootstrap.cjs start|test');

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
  await load(command === 'start' ? 'start.mjs' : 'test.mjs');
}

run().catch((error) => node.give(error.stack || String(error)));
