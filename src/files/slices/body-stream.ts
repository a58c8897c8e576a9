type Bytes = Uint8Array<ArrayBuffer>;

/** What becomes of a body. */
export interface StreamEvents {
  readonly onFailure: (error: unknown) => void;
  /** Called once, when everything that was open is closed. */
  readonly onEnd: () => void;
}

/**
 * A body that asks for its next chunk only when the last one is gone. If that fails, Bun 1.4.5
 * resets the connection, so that nobody takes what came for the whole.
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
        // What fails now fails for nobody.
        await chunks.return(undefined).catch(() => undefined);
        onEnd();
      },
    },
    { highWaterMark: 0 },
  );
}
