const CHUNK_BYTES = 64 * 1024;
/** Chunks that wait to be used again, 4 MiB at the most; more than that is left to the garbage collector. */
const CHUNKS_KEPT = 64;

interface Chunk {
  readonly bytes: Buffer;
  /** Filled up to here. */
  used: number;
  /** Writes that the socket has not finished. */
  writes: number;
}

/** The part of a socket that is needed here. `done` is called when the bytes are no longer needed, or with an error. */
export interface SendSocket {
  write(bytes: Buffer, done: (error?: Error | null) => void): unknown;
}

/** Memory for what goes to sockets, shared by all links: a buffer for each write would keep the garbage collector busy. */
export class ChunkPool {
  private readonly free: Buffer[] = [];

  take(bytesMin: number): Buffer {
    if (bytesMin > CHUNK_BYTES) return Buffer.allocUnsafeSlow(bytesMin);
    return this.free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  giveBack(bytes: Buffer): void {
    if (bytes.length === CHUNK_BYTES && this.free.length < CHUNKS_KEPT) this.free.push(bytes);
  }
}

/**
 * Collects bytes and hands them to a socket. Order holds; bytes that the socket still needs are never written over; a link
 * whose bytes are all sent holds no memory.
 */
export class SendBuffer {
  private chunk: Chunk | null = null;
  /** What lies before this in the chunk has been handed to the socket. */
  private from = 0;
  private handedOver = 0;

  constructor(
    private readonly socket: SendSocket,
    private readonly pool: ChunkPool,
  ) {}

  /** Bytes since the last flush. */
  get pendingBytes(): number {
    return this.handedOver + (this.chunk === null ? 0 : this.chunk.used - this.from);
  }

  /** Has `write` fill `size` bytes in one piece, from the position that it is given. */
  add(size: number, write: (bytes: Buffer, at: number) => void): void {
    const chunk = this.reserve(size);
    write(chunk.bytes, chunk.used);
    chunk.used += size;
  }

  /** Hands everything to the socket. */
  flush(): void {
    this.handOver();
    this.handedOver = 0;
  }

  private reserve(size: number): Chunk {
    if (this.chunk !== null && this.chunk.bytes.length - this.chunk.used >= size) return this.chunk;
    this.handOver();
    this.from = 0;
    this.chunk = { bytes: this.pool.take(size), used: 0, writes: 0 };
    return this.chunk;
  }

  private handOver(): void {
    const { chunk, from } = this;
    if (chunk === null || chunk.used === from) return;
    this.from = chunk.used;
    this.handedOver += chunk.used - from;
    chunk.writes++;
    this.socket.write(chunk.bytes.subarray(from, chunk.used), (error) => this.written(chunk, error));
  }

  private written(chunk: Chunk, error: Error | null | undefined): void {
    // Of a socket that broke nobody knows whether the system still reads from the chunk: `writes` never gets to zero again.
    if (error !== null && error !== undefined) return;
    if (--chunk.writes > 0) return;
    if (chunk === this.chunk) {
      if (this.from < chunk.used) return;
      this.chunk = null;
    }
    this.pool.giveBack(chunk.bytes);
  }
}
