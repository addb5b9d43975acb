using System.Net;
using System.Net.Http.Headers;

namespace PromotionsService.Telemetry;

/// <summary>
/// Keeps a batch until the collector takes it: on its own the exporter tries once and drops the batch. Spans and log records wait
/// in their processor's bounded queue meanwhile.
/// </summary>
public sealed class RetryingHandler(ExportFailures failures) : DelegatingHandler(new SocketsHttpHandler())
{
    /// <summary>A batch that is rejected for this long is rejected for what is in it, and must not hold up those behind it.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(10);

    /// <summary>Bounds one attempt; a collector that is away costs no more.</summary>
    public static readonly TimeSpan Attempt = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    // gRPC: deadline exceeded, resource exhausted, aborted, unavailable. Others would be the same at the next attempt.
    private static readonly string[] s_transient = ["4", "8", "10", "14"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (response, failure) = await TryOnceAsync(request, cancellationToken);
            if (response is not null && !IsTransient(response))
            {
                return response;
            }

            failures.Report(failure?.Message ?? "The collector accepts no data");
            response?.Dispose();
            await Task.Delay(s_pause, cancellationToken);
        }
    }

    private async Task<(HttpResponseMessage?, Exception?)> TryOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        attempt.CancelAfter(Attempt);
        try
        {
            var response = await base.SendAsync(request, attempt.Token);
            await response.Content.LoadIntoBufferAsync(attempt.Token); // the trailers come after it
            return (response, null);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested
            && exception is HttpRequestException or OperationCanceledException)
        {
            return (null, exception);
        }
    }

    private static bool IsTransient(HttpResponseMessage response) =>
        response.StatusCode >= HttpStatusCode.InternalServerError
        || s_transient.Contains(Status(response.TrailingHeaders) ?? Status(response.Headers));

    private static string? Status(HttpHeaders headers) =>
        headers.TryGetValues("grpc-status", out var values) ? values.FirstOrDefault() : null;
}
