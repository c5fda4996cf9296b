/** The real binary, on a free loopback port with a data folder of its own, stopped by its process id. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long a start may take, the making of the demo included. */
const READY_WITHIN_MS = 60_000;
/** How often we look whether it is ready. */
const LOOK_EVERY_MS = 50;

export class Server {
  readonly url: string;
  readonly #command: 'serve' | 'demo';
  readonly #port: number;
  readonly #folder: string;
  #process: ChildProcess | null = null;
  #said = '';

  private constructor(command: 'serve' | 'demo', port: number, folder: string) {
    this.#command = command;
    this.#port = port;
    this.#folder = folder;
    this.url = `http://localhost:${port}`;
  }

  /** `serve` is a new installation, `demo` one with the people of Acme Robotics; `data` is a folder to begin with. */
  static async start(command: 'serve' | 'demo', data?: string): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'waggle-e2e-'));
    if (data) await cp(data, folder, { recursive: true });
    const server = new Server(command, await freePort(), folder);
    await server.start();
    return server;
  }

  /** What it keeps; whole once it has ended. */
  get data(): string {
    return this.#folder;
  }

  /** Starts it (again) on the same port and data, and waits until it is ready. */
  async start(): Promise<void> {
    const binary = process.env['WAGGLE_BINARY'];
    if (!binary) throw new Error('WAGGLE_BINARY must name the built server; ./test e2e does it');
    const settings = [`listen=127.0.0.1:${this.#port}`, `public_url=${this.url}`, `data=${this.#folder}`];
    this.#said = '';
    const child = spawn(binary, [...settings.flatMap((setting) => ['--set', setting]), this.#command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, WAGGLE_BINARY: undefined, WAGGLE_CHROMIUM: undefined, WAGGLE_LOG: 'warn' },
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    }
    const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
    await Promise.race([this.#ready(child), failed]);
  }

  /** What it printed since it was started. */
  get said(): string {
    return this.#said;
  }

  /** The one-time link that a new installation prints. */
  get setupLink(): string {
    const link = /https?:\/\/\S+\/setup\/\S+/.exec(this.#said)?.[0];
    if (!link) throw new Error(`no set-up link was printed:\n${this.#said}`);
    return link;
  }

  /** Ends it; `SIGKILL` gives it no chance to say goodbye or to write anything. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #ready(child: ChildProcess): Promise<void> {
    const until = Date.now() + READY_WITHIN_MS;
    while (Date.now() < until && child.exitCode === null) {
      const answer = await fetch(`http://127.0.0.1:${this.#port}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    throw new Error(`the server did not become ready:\n${this.#said}`);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
