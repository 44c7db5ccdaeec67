import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { startChild } from '../child.ts'
import { processors, treeOf } from '../machine.ts'
import { freePort, untilReady } from './ready.ts'
import { httpRequest, upstreamKey } from './request.ts'
import type { Gateway, GatewayOptions } from './types.ts'

/** nginx as a plain reverse proxy with one worker, or `undefined` where it is not installed. */
export async function startNginx({ upstreamPort, folder }: GatewayOptions): Promise<Gateway | undefined> {
  // It writes its version to standard error.
  const version = /nginx\/(\S+)/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr ?? '')?.[1]
  if (version === undefined) return undefined
  const port = await freePort()
  const logFile = `${folder}/nginx.log`
  const configFile = `${folder}/nginx.conf`
  writeFileSync(configFile, configuration(port, upstreamPort, folder))
  execFileSync('nginx', ['-t', '-q', '-c', configFile])
  const child = startChild({ command: 'nginx', args: ['-c', configFile], processor: processors.gateway, logFile })
  await untilReady(`http://127.0.0.1:${port}/ready`, logFile)
  return {
    name: 'nginx',
    version,
    port,
    request: (answer) => httpRequest({ port, model: answer, answer, key: upstreamKey }),
    pid: child.pid,
    workerPid: treeOf(child.pid)[1]!,
    stop: child.stop,
  }
}

const configuration = (port: number, upstreamPort: number, folder: string): string => `
daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 32768; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  upstream mock {
    server 127.0.0.1:${upstreamPort};
    keepalive 8192;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
  }
  server {
    listen 127.0.0.1:${port} backlog=8192;
    location = /ready { return 200; }
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
      client_body_buffer_size 64k;
    }
  }
}
`
