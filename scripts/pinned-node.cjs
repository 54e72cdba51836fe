/**
 * Finds the Node that Vigil runs on: the one that npm installed beside the other packages, else this one where it is
 * new enough. Runs on Node 12 and newer, so that an old Node gets a clear answer instead of a syntax error.
 */
'use strict';

const { spawn, spawnSync } = require('child_process');
const { existsSync } = require('fs');
const { join } = require('path');

/** What can install Vigil. */
const INSTALL_MAJOR = 18;
/** First Node with `crypto.argon2`, which hashes the passwords. */
const RUN_MAJOR = 24;
const RUN_MINOR = 7;

const root = join(__dirname, '..');

function version(text) {
  const parts = text.replace(/^v/, '').split('.').map(Number);
  return { major: parts[0], minor: parts[1] };
}

function canRun(text) {
  const v = version(text);
  return v.major > RUN_MAJOR || (v.major === RUN_MAJOR && v.minor >= RUN_MINOR);
}

function tooOldToInstall() {
  return version(process.version).major < INSTALL_MAJOR;
}

/** Path of the pinned Node, or null where npm has none for this machine or it does not start (e.g. another libc). */
function pinnedNode() {
  const name = { darwin: 'node-darwin', linux: 'node-linux', win32: 'node-win' }[process.platform];
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const candidates = [
    join(root, 'node_modules', `${name}-${process.arch}`, 'bin', file),
    join(root, 'node_modules', `node-bin-${process.platform}-${process.arch}`, 'bin', file),
  ];
  for (const path of candidates) {
    if (!existsSync(path)) continue;
    const probe = spawnSync(path, ['--version'], { encoding: 'utf8' });
    if (probe.status === 0 && canRun(probe.stdout.trim())) return path;
  }
  return null;
}

/** Ends with one line on stderr. */
function give(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

/** The Node to go on with; this very one where it is new enough. Ends the process with one clear line where there is none. */
function nodeToRunOn() {
  if (canRun(process.version)) return process.execPath;
  const pinned = pinnedNode();
  if (pinned) return pinned;
  return give(
    `Vigil runs on Node ${RUN_MAJOR}.${RUN_MINOR} or newer; this is ${process.version}, and npm has no Node package for ` +
      `${process.platform}-${process.arch}. Get Node ${RUN_MAJOR} from https://nodejs.org and try again.`,
  );
}

/** Runs `script` on `node` in place of this process: signals are handed on, the exit code is handed back. */
function becomes(node, script, args, env) {
  const child = spawn(node, [script].concat(args), { stdio: 'inherit', env: Object.assign({}, process.env, env) });
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.on(signal, () => child.kill(signal)));
  child.on('error', (error) => give(`Vigil cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === 'SIGKILL') process.stderr.write('Vigil was killed.\n');
    process.exit(code === null ? 1 : code);
  });
}

module.exports = { INSTALL_MAJOR, RUN_MAJOR, RUN_MINOR, becomes, canRun, give, nodeToRunOn, pinnedNode, root, tooOldToInstall };
