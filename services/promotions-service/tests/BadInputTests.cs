using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PromotionsService.Tests.Support;

namespace PromotionsService.Tests;

/// <summary>Input that is wrong ends in a 4xx problem that names what is wrong, and never in a 5xx.</summary>
public sealed class BadInputTests(SharedService shared) : IClassFixture<SharedService>
{
    private const string Check = "/api/promotions/check";
    private const string Validate = "/api/promotions/validate-coupon";
    private const string Redeem = "/api/promotions/redeem-coupon";
    private readonly Service _service = shared.Service;

    [Theory]
    [InlineData(Check, "{}", "userId,country,amount")]
    [InlineData(Check, """{"userId":null,"country":null,"amount":null}""", "userId,country,amount")]
    [InlineData(Check, """{"amount":1}""", "userId,country")]
    [InlineData(Check, """{"UserId":"u","Country":"DE","Amount":1}""", "userId,country,amount")]
    [InlineData(Validate, """{"couponCode":null,"userId":"u","amount":1}""", "couponCode")]
    [InlineData(Validate, """{"couponCode":"X","userId":"u"}""", "amount")]
    [InlineData(Redeem, """{"couponCode":"X","userId":"u"}""", "orderId")]
    public async Task Missing_and_null_members_are_named_at_once(string path, string body, string fields)
    {
        var problem = await RejectedAsync(path, body);
        Assert.Equal(fields, string.Join(',', Problems.Fields(problem)));
    }

    [Theory]
    [InlineData("\"12.50\"")]
    [InlineData("true")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("0.005")]
    [InlineData("-0.01")]
    [InlineData("-1")]
    [InlineData("10000000.01")]
    [InlineData("1e28")]
    [InlineData("1e29")]
    [InlineData("1e400")]
    [InlineData("1e-99")]
    [InlineData("12345678901234567890123456789012345")]
    [InlineData("0.00000000000000000000000000000000001")]
    [InlineData("1.0000000000000000000000000000000001")]
    [InlineData("NaN")]
    public async Task An_amount_that_is_no_money_is_rejected(string amount)
    {
        await RejectedAsync(Check, $$"""{"userId":"u","country":"DE","amount":{{amount}}}""");
        await RejectedAsync(Validate, $$"""{"userId":"u","couponCode":"SAVE20","amount":{{amount}}}""");
    }

    [Theory]
    [InlineData("1e2", 0)]
    [InlineData("-0", 0)]
    [InlineData("0", 0)]
    [InlineData("0.0", 0)]
    [InlineData("250.10", 12.51)]
    [InlineData("250.1000", 12.51)]
    [InlineData("25010e-2", 12.51)]
    [InlineData("10000000", 1000000)]
    public async Task An_amount_may_be_written_in_any_way(string amount, double discount)
    {
        var response = await _service.PostTextAsync(Check, $$"""{"userId":"u","country":"DE","amount":{{amount}}}""");
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        Assert.Equal(discount, (double)JsonNode.Parse(body)!["discount"]!);
    }

    [Theory]
    [InlineData("", "body")]
    [InlineData("null", "body")]
    [InlineData("[]", "body")]
    [InlineData("\"x\"", "body")]
    [InlineData("{", "body")]
    [InlineData("{\"amount\":", "body")]
    [InlineData("{} {}", "body")]
    [InlineData("{},", "body")]
    [InlineData("{/* comment */}", "body")]
    [InlineData("{\"a\":1,}", "body")]
    [InlineData("{\"userId\":1}", "userId")]
    [InlineData("{\"userId\":[null]}", "userId")]
    [InlineData("{\"userId\":\"a\",\"userId\":\"b\"}", "userId")]
    public async Task A_body_that_can_t_be_read_is_422(string body, string field)
    {
        var problem = await RejectedAsync(Check, body);
        Assert.Equal([field], Problems.Fields(problem));
        Assert.DoesNotContain("System.", problem.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deep_body_is_422()
    {
        await RejectedAsync(Check, new string('[', 5000));
        await RejectedAsync(Check, $$"""{"other":{{new string('[', 100)}}{{new string(']', 100)}}}""");
    }

    [Fact]
    public async Task Unknown_members_are_ignored_so_that_callers_may_be_newer()
    {
        var response = await _service.PostTextAsync(Check, """{"userId":"u","country":"DE","amount":1,"new":{"member":[null]}}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("""{"userId":"a\u0000b","country":"DE","amount":1}""")]
    [InlineData("""{"userId":"a\r\nb","country":"DE","amount":1}""")]
    [InlineData("""{"userId":"\ud800","country":"DE","amount":1}""")]
    [InlineData("""{"userId":"\udc00x","country":"DE","amount":1}""")]
    [InlineData("""{"userId":"","country":"DE","amount":1}""")]
    public async Task Text_that_the_database_can_t_keep_is_422(string body) => await RejectedAsync(Check, body);

    [Theory]
    [InlineData("\\u0000")]
    [InlineData("A B")]
    [InlineData("Ü")]
    [InlineData("")]
    public async Task Keys_are_visible_ascii(string key)
    {
        var coupon = await RejectedAsync(Validate, $$"""{"couponCode":"{{key}}","userId":"u","amount":1}""");
        Assert.Equal(["couponCode"], Problems.Fields(coupon));
        var order = await RejectedAsync(Redeem, $$"""{"couponCode":"X","userId":"u","orderId":"{{key}}"}""");
        Assert.Equal(["orderId"], Problems.Fields(order));
    }

    [Fact]
    public async Task Lengths_count_code_points()
    {
        var (longest, tooLong) = (string.Concat(Enumerable.Repeat("𝄞", 128)), string.Concat(Enumerable.Repeat("𝄞", 129)));
        Assert.Equal(HttpStatusCode.OK, (await _service.PostAsync(Check, new { userId = longest, country = "DE", amount = 1 })).StatusCode);
        Assert.Equal(["userId"], Problems.Fields(await RejectedAsync(Check, $$"""{"userId":"{{tooLong}}","country":"DE","amount":1}""")));
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=501", "limit")]
    [InlineData("?limit=+1", "limit")]
    [InlineData("?limit=1.0", "limit")]
    [InlineData("?limit=99999999999999999999", "limit")]
    [InlineData("?limit=", "limit")]
    [InlineData("?limit=1&limit=2", "limit")]
    [InlineData("?after=", "after")]
    [InlineData("?after=%00", "after")]
    [InlineData("?after=%ff", null)] // stays as it was written: %ff
    [InlineData("?after=a%0d%0ab&limit=x", "after,limit")]
    [InlineData("?other=%00", null)]
    public async Task A_page_that_can_t_be_asked_for_is_422(string query, string? fields)
    {
        var response = await _service.Client.GetAsync("/api/promotions/redemptions" + query);
        if (fields is null)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return;
        }

        var problem = await Problems.AssertAsync(response, HttpStatusCode.UnprocessableEntity, "validation-failed");
        Assert.Equal(fields, string.Join(',', Problems.Fields(problem)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=bogus")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=iso-8859-1")]
    public async Task Any_other_content_type_is_415(string? contentType)
    {
        var response = await _service.PostBytesAsync(Check, "{}"u8.ToArray(), contentType);
        await Problems.AssertAsync(response, HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Theory]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    public async Task Utf8_may_be_named(string contentType)
    {
        var response = await _service.PostTextAsync(Check, """{"userId":"ü","country":"DE","amount":1}""", contentType);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_above_the_limit_is_413(bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Check)
        {
            Content = new StringContent(new string(' ', 64 * 1024), Encoding.UTF8, "application/json"),
        };
        request.Headers.TransferEncodingChunked = chunked;
        await Problems.AssertAsync(await _service.Client.SendAsync(request), HttpStatusCode.RequestEntityTooLarge, "payload-too-large");
    }

    [Theory]
    [InlineData("GET", "/", 404, "not-found", "")]
    [InlineData("POST", "/api/promotions", 404, "not-found", "")]
    [InlineData("GET", "/api/promotions/check", 405, "method-not-allowed", "POST")]
    [InlineData("DELETE", "/api/promotions/coupons", 405, "method-not-allowed", "GET,HEAD")]
    [InlineData("PUT", "/health", 405, "method-not-allowed", "GET,HEAD")]
    [InlineData("BREW", "/ready", 405, "method-not-allowed", "GET,HEAD")]
    public async Task Unknown_paths_and_methods_are_problems_too(string method, string path, int status, string problem, string allow)
    {
        var response = await _service.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await Problems.AssertAsync(response, (HttpStatusCode)status, problem);
        Assert.Equal(allow, string.Join(',', response.Content.Headers.Allow.Order()));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/xml")]
    [InlineData("image/*;q=0.1")]
    public async Task A_problem_is_json_whatever_the_caller_accepts(string accept)
    {
        (string, int, string)[] problems =
            [("/nowhere", 404, "not-found"), ("/api/promotions/redemptions?limit=0", 422, "validation-failed")];
        foreach (var (path, status, name) in problems)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Accept.ParseAdd(accept);
            await Problems.AssertAsync(await _service.Client.SendAsync(request), (HttpStatusCode)status, name);
        }
    }

    [Fact]
    public async Task The_trace_id_is_that_of_the_caller()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere");
        request.Headers.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-00");
        var problem = await Problems.AssertAsync(await _service.Client.SendAsync(request), HttpStatusCode.NotFound, "not-found");
        Assert.Equal(Trace, (string)problem["trace_id"]!);
    }

    /// <summary>Thousands of bodies, good and bad: the service accepts exactly those that its document describes.</summary>
    [Theory]
    [InlineData(Check, "CheckRequest")]
    [InlineData(Validate, "ValidateRequest")]
    [InlineData(Redeem, "RedeemRequest")]
    public async Task What_is_accepted_is_what_the_document_says(string path, string schemaName)
    {
        var document = JsonNode.Parse(await _service.Client.GetStringAsync("/openapi.json"))!.Deserialize();
        var (schema, request) = (new Schema(document), document.GetProperty("components").GetProperty("schemas").GetProperty(schemaName));
        var bodies = new RequestBodies(request, seed: 1);
        for (var i = 0; i < 800; i++)
        {
            var body = bodies.Next();
            var expected = schema.Violation(request, body);
            var response = await _service.PostTextAsync(path, body.GetRawText());
            Assert.True((int)response.StatusCode is 200 or 404 or 409 == expected is null,
                string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode} for {body.GetRawText()}: {expected ?? "valid"}"));
        }
    }

    private async Task<JsonNode> RejectedAsync(string path, string body) => await Problems.AssertAsync(
        await _service.PostTextAsync(path, body), HttpStatusCode.UnprocessableEntity, "validation-failed");
}
