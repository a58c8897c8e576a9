type Bytes = Uint8Array<ArrayBuffer>;

/** The callbacks for the end of a body. */
export interface StreamEvents {
  readonly onFailure: (error: unknown) => void;
  /** Called once, after everything that was open is closed. */
  readonly onEnd: () => void;
}

/**
 * Makes the body of an answer from a generator, which is asked for a chunk only when the client has
 * taken the last one (Bun: stream-as-taken). If the generator fails, Bun resets the connection
 * (Bun: stream-failure-resets), so that nobody takes a part for the whole.
 */
export function streamOf(chunks: AsyncGenerator<Bytes>, { onFailure, onEnd }: StreamEvents) {
  let isCancelled = false;
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (isCancelled) return;
          if (done !== true) return controller.enqueue(value);
          onEnd();
          controller.close();
        } catch (error) {
          if (isCancelled) return;
          onEnd();
          onFailure(error);
          throw error;
        }
      },
      async cancel() {
        isCancelled = true;
        // An error after the client has left concerns nobody.
        await chunks.return(undefined).catch(() => undefined);
        onEnd();
      },
    },
    { highWaterMark: 0 },
  );
}
