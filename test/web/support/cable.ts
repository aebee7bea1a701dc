/** The cable between a browser and the exchange: it can be cut, and what stands in front of an exchange that is gone answers for it. */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

const GONE = JSON.stringify({ success: false, data: null, error: { code: 9005, message: 'The exchange is not there.' } });
const ANSWER = `HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: ${GONE.length}\r\nconnection: close\r\n\r\n${GONE}`;

export class Cable {
  private readonly ends = new Set<Socket>();
  private state: 'whole' | 'cut' | 'answering' = 'whole';
  private readonly server: Server;

  private constructor(private port: number) {
    this.server = createServer((near) => this.join(near));
  }

  static async to(port: number): Promise<Cable> {
    const cable = new Cable(port);
    await new Promise<void>((resolve) => cable.server.listen(0, '127.0.0.1', resolve));
    return cable;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Whatever is under way breaks off; nobody gets through. */
  cut(): void {
    this.state = 'cut';
    this.breakOff();
  }

  /** As behind a front whose exchange is gone: every request gets 503. */
  answer503(): void {
    this.state = 'answering';
    this.breakOff();
  }

  mend(port = this.port): void {
    this.port = port;
    this.state = 'whole';
  }

  async close(): Promise<void> {
    this.breakOff();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private breakOff(): void {
    for (const end of this.ends) end.destroy();
  }

  private join(near: Socket): void {
    this.hold(near);
    if (this.state === 'cut') near.destroy();
    else if (this.state === 'answering') near.once('data', () => near.end(ANSWER));
    else {
      const far = connect(this.port, '127.0.0.1');
      this.hold(far);
      near.pipe(far).pipe(near);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
    }
  }

  private hold(end: Socket): void {
    this.ends.add(end);
    end.on('error', () => end.destroy());
    end.once('close', () => this.ends.delete(end));
  }
}
