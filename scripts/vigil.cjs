#!/usr/bin/env node
/** `npm run vigil -- <command>`: the command line tool, on the pinned Node. */
'use strict';

const { existsSync } = require('fs');
const { join } = require('path');
const node = require('./pinned-node.cjs');

if (node.tooOldToInstall()) {
  node.give(
    `Vigil needs Node ${node.INSTALL_MAJOR} or newer; this is ${process.version}. Get a newer one from https://nodejs.org`,
  );
}
const cli = join(node.root, 'dist', 'cli.js');
if (!existsSync(cli)) node.give('Vigil is not built yet. Run `npm start` once, or `npm install && npm run build`.');
node.becomes(node.nodeToRunOn(), '--disable-warning=ExperimentalWarning', [cli].concat(process.argv.slice(2)));
