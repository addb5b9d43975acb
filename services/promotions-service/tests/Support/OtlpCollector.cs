using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace PromotionsService.Tests.Support;

/// <summary>Accepts OTLP over gRPC and keeps each message's bytes, in which names and texts can be found as they are.</summary>
public sealed class OtlpCollector : IAsyncDisposable
{
    private static readonly byte[] s_emptyMessage = new byte[5];
    private readonly ConcurrentQueue<(string Signal, string Content)> _messages = [];
    private readonly WebApplication _app;

    private OtlpCollector(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, port, endpoint => endpoint.Protocols = HttpProtocols.Http2);
            options.Limits.MinRequestBodyDataRate = null;
        });
        _app = builder.Build();
        _app.Run(AcceptAsync);
        Port = port;
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    public int Count => _messages.Count;

    /// <param name="port">Where to listen; by default a free one.</param>
    public static async Task<OtlpCollector> StartAsync(int? port = null)
    {
        var collector = new OtlpCollector(port ?? FreePort.Find());
        await collector._app.StartAsync();
        return collector;
    }

    /// <param name="signal">trace, metrics or logs.</param>
    public bool Received(string signal, string text) =>
        _messages.Any(message => message.Signal == signal && message.Content.Contains(text, StringComparison.Ordinal));

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AcceptAsync(HttpContext context)
    {
        // In a test of the service in this process, its meters would see these requests as the service's own.
        context.Features.Get<IHttpMetricsTagsFeature>()?.MetricsDisabled = true;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var signal = context.Request.Path.Value!.Split('.')[3]; // /opentelemetry.proto.collector.trace.v1.TraceService/Export
        _messages.Enqueue((signal, Encoding.UTF8.GetString(body.ToArray())));
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(s_emptyMessage);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
