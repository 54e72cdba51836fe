/**
 * Installs the dependencies when they are missing or the lock file has changed. Runs on Node 18 and newer, before
 * anything is installed. Changes no file that git tracks.
 */
'use strict';

const { spawn } = require('child_process');
const { createHash } = require('crypto');
const { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } = require('fs');
const { join } = require('path');
const { root } = require('./pinned-node.cjs');

const STAMP = join(root, 'node_modules', '.cache', 'vigil', 'install');
const LOCK = join(root, 'package-lock.json');
const PROGRESS_EVERY_MS = 5000;

/** Same for as long as what would be installed is the same. */
function wanted() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  const manifests = readdirSync(join(root, 'packages'))
    .sort()
    .map((name) => join(root, 'packages', name, 'package.json'));
  for (const file of [LOCK, join(root, 'package.json'), join(root, 'edge-gateway', 'package.json'), ...manifests]) {
    if (existsSync(file)) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file));
  }
  return hash.digest('hex');
}

function isInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted();
}

/** `npm install` through the npm that called us, so that it is the one the user has. */
function npm(args) {
  const cli = process.env.npm_execpath;
  const options = { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] };
  if (cli && /npm-cli\.c?js$/.test(cli)) return spawn(process.execPath, [cli, ...args], options);
  return spawn(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { ...options, shell: process.platform === 'win32' });
}

/**
 * `npm install`, not `npm ci`: the latter refuses a lock file that lacks packages of other platforms which some
 * registries do not list. `--no-save` and the copy keep the lock file as it is in git.
 */
function install() {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const lockBefore = readFileSync(LOCK);
  process.stdout.write('installing what Vigil needs (once; usually under a minute)\n');
  const timer = setInterval(() => {
    process.stdout.write(`  still installing, ${seconds()} s\n`);
  }, PROGRESS_EVERY_MS);
  return new Promise((resolve) => {
    let said = '';
    const child = npm(['install', '--no-save', '--loglevel=error', '--no-audit', '--no-fund']);
    child.stderr.on('data', (data) => (said = (said + data).slice(-4000)));
    child.on('error', (error) => (said += error.message));
    child.on('close', (code) => {
      clearInterval(timer);
      if (!readFileSync(LOCK).equals(lockBefore)) writeFileSync(LOCK, lockBefore);
      if (code === 0) {
        mkdirSync(join(STAMP, '..'), { recursive: true });
        writeFileSync(STAMP, wanted());
        process.stdout.write(`  installed in ${seconds()} s\n`);
        resolve(null);
      } else {
        resolve(
          `Installing failed. npm said:\n${said.trim()}\nCheck the network (or npm's proxy and registry settings) and try again.`,
        );
      }
    });
  });
}

module.exports = { install, isInstalled };
