using System.Net.Sockets;
using System.Text;
using PromotionsService.Tests.Support;

namespace PromotionsService.Tests;

/// <summary>Bytes that no client library sends: the server stays up, and what follows them is still traced and exported.</summary>
public sealed class HostileInputTests(SharedService shared) : IClassFixture<SharedService>
{
    private const string Body = """{"userId":"u","country":"DE","amount":1}""";
    private static readonly string s_large = new('x', 64 * 1024);
    private readonly Service _service = shared.Service;

    [Theory]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET /\u00ff\u00fe HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET /%ff%ed%a0%80 HTTP/1.1\r\nHost: x\r\n\r\n", 404)]
    [InlineData("GET /a%0d%0aSet-Cookie:b HTTP/1.1\r\nHost: x\r\n\r\n", 404)]
    [InlineData("GET /health?q=%00%ff%0d%0a HTTP/1.1\r\nHost: x\r\n\r\n", 200)]
    [InlineData("GET /health?q=\u00ff HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET /ready HTTP/1.1\r\nHost: x\r\nUser-Agent: \u00c3\u0028\r\n\r\n", 400)]
    [InlineData("GET /ready HTTP/1.1\r\nHost: x\r\nUser-Agent: a\0b\r\n\r\n", 400)]
    [InlineData("GET /ready HTTP/1.1\r\nHost: x\r\nUser-Agent: a\rb\r\n\r\n", 400)]
    [InlineData("GET /ready HTTP/1.1\r\nHost: x\r\nUser-Agent: \u0001\u00e2\u0080\u00ae\r\n\r\n", 200)]
    [InlineData("GET /ready HTTP/1.1\r\nHost: x\r\ntraceparent: 00-zz-\u0001\r\ntracestate: =,=\r\nbaggage: a=%00\r\n\r\n", 200)]
    [InlineData("GET /nowhere HTTP/1.1\r\nHost: a..b:99999\r\n\r\n", 404)]
    [InlineData("GET /ready HTTP/1.1\r\n\r\n", 400)]
    [InlineData("nonsense\r\n\r\n", 400)]
    [InlineData("GET /ready HTTP/9.9\r\nHost: x\r\n\r\n", 505)]
    public async Task Odd_bytes_end_in_a_response_that_is_no_crash(string request, int status) =>
        await RespondsAsync(Encoding.Latin1.GetBytes(request), status);

    [Fact]
    public async Task Too_much_of_anything_ends_in_a_response_that_is_no_crash()
    {
        await RespondsAsync(Ascii($"GET /{s_large} HTTP/1.1\r\nHost: x\r\n\r\n"), 414);
        await RespondsAsync(Ascii($"GET /ready?q={s_large} HTTP/1.1\r\nHost: x\r\n\r\n"), 414);
        await RespondsAsync(Ascii($"GET /ready HTTP/1.1\r\nHost: x\r\nX: {s_large}\r\n\r\n"), 431);
        const string Post = "POST /api/promotions/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
        await RespondsAsync(Ascii($"{Post}Content-Length: {s_large.Length}\r\n\r\n{s_large}"), 413);
    }

    [Fact]
    public async Task Bodies_that_are_not_text_end_in_a_response_that_is_no_crash()
    {
        byte[] start = [.. "{\"userId\":\""u8];
        byte[][] bodies = [[0xff, 0xfe], [0], [.. start, 0xc3, 0x28, .. "\"}"u8], [.. start, 0, .. "\"}"u8]];
        foreach (var body in bodies)
        {
            var response = await _service.PostBytesAsync("/api/promotions/check", body, "application/json");
            await Problems.AssertAsync(response, System.Net.HttpStatusCode.UnprocessableEntity, "validation-failed");
        }
    }

    [Fact]
    public async Task What_a_caller_writes_is_bounded_in_spans()
    {
        var longText = new string('x', 7000);
        await RespondsAsync(Ascii($"{new string('M', 500)} /{longText} HTTP/1.1\r\nHost: x\r\nUser-Agent: {longText}\r\n\r\n"), 404);
        var span = await _service.SpanAsync("HTTP");
        Assert.All(span.TagObjects, tag => Assert.True((tag.Value as string ?? "").Length <= 256, tag.Key));
        Assert.All(_service.Points("http.server.request.duration"),
            point => Assert.All(Service.Labels(point).Values, value => Assert.True(value!.ToString()!.Length < 64)));
    }

    [Fact]
    public async Task A_caller_s_method_is_no_label()
    {
        await RespondsAsync(Ascii("STEAL /ready HTTP/1.1\r\nHost: x\r\n\r\n"), 405);
        Assert.NotEqual(0, _service.Value("http.server.request.duration", ("http.request.method", "_OTHER")));
        Assert.Contains(new("http.request.method", "_OTHER"), _service.Logs("request.rejected")[^1].Attributes!);
    }

    /// <summary>Sends the bytes on a connection of their own, then an ordinary request, whose span must arrive.</summary>
    private async Task RespondsAsync(byte[] request, int status)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _service.Port);
        await client.GetStream().WriteAsync(request);
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        var line = await reader.ReadLineAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", line, StringComparison.Ordinal);

        Assert.True((await _service.PostTextAsync("/api/promotions/check", Body)).IsSuccessStatusCode);
        await _service.SpanAsync("POST /api/promotions/check");
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
