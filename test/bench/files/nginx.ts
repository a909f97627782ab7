import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cacheFolder } from '../../lib/cache.ts'
import { freePort } from '../../lib/loopback-bastion.ts'

/** nginx with one worker, sendfile and no log, which serves the folders of a bastion under the bastion's own paths. */
export interface Nginx { pid: number, port: number, version: string, stop: () => Promise<void> }

/** Starts it, on loopback. */
export async function startNginx(bastionFolder: string): Promise<Nginx> {
  const program = findNginx()
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'labctl-nginx-'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${join(folder, name)};`).join(' ')
  writeFileSync(join(folder, 'nginx.conf'), `${userInfo().uid === 0 ? 'user root;' : ''} daemon off; worker_processes 1; pid ${join(folder, 'pid')}; error_log stderr;
events { worker_connections 4096; }
http { access_log off; sendfile on; tcp_nopush on; ${temporary}
  server { listen 127.0.0.1:${port} backlog=1024; root ${bastionFolder}; } }
`)
  const child = spawn(program, ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'ignore'] })
  for (let tries = 0; tries < 100; tries += 1) {
    if (await answers(port)) break
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}.`)
    await delay(50)
  }
  return { pid: child.pid!, port, version: versionOf(program), async stop() {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  } }
}

/** nginx of this host, else Debian's, unpacked into the cache: installed, its package would start a web server on port 80 of whoever measures. */
function findNginx(): string {
  if (existsSync('/usr/sbin/nginx')) return '/usr/sbin/nginx'
  const folder = join(cacheFolder, 'nginx')
  const program = join(folder, 'usr/sbin/nginx')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  console.log('Fetching nginx, to compare with ...')
  execFileSync('apt-get', ['download', 'nginx'], { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] })
  const archive = readdirSync(folder).find(name => name.endsWith('.deb'))
  execFileSync('dpkg-deb', ['-x', archive ?? '', folder], { cwd: folder })
  return program
}

function versionOf(program: string): string {
  return /nginx\/(\S+)/.exec(execFileSync('sh', ['-c', '"$0" -v 2>&1', program], { encoding: 'utf8' }))?.[1] ?? 'unknown'
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch { return false } finally { socket.destroy() }
}
