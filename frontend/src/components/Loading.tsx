/** Until the first page's data is there. */
export function Loading() {
  return (
    <p className="loading" role="status">
      Loading the shop…
    </p>
  );
}
