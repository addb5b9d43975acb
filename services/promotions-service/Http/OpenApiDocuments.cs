using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using PromotionsService.Telemetry;

namespace PromotionsService.Http;

/// <summary>Makes the generated OpenAPI document true: what the generator can't know, or gets wrong, is corrected here.</summary>
public static class OpenApiDocuments
{
    public const string Path = "/openapi.json";

    public static void AddOpenApiDocument(this IServiceCollection services) => services.AddOpenApi(options => options
        .AddDocumentTransformer(DescribeServiceAsync)
        .AddOperationTransformer(DescribeResponsesAsync)
        .AddSchemaTransformer(DescribeSchemaAsync));

    private static Task DescribeServiceAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "promotions-service",
            Version = TelemetrySetup.Version,
            Description = "Discounts and coupons. Requests that the server can't read as HTTP (400, 414, 431) get an empty response.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }]; // the generator repeats the caller's Host header
        foreach (var path in document.Paths.Values)
        {
            path.Operations?.Remove(HttpMethod.Head); // HEAD is GET without a body
        }

        return Task.CompletedTask;
    }

    private static Task DescribeResponsesAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (operation.Responses?.GetValueOrDefault("503") is OpenApiResponse unavailable
            && unavailable.Content?.ContainsKey(Problem.MediaType) == true)
        {
            unavailable.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Retry-After"] = new OpenApiHeader
                {
                    Description = "Seconds",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.Integer },
                },
            };
        }

        return Task.CompletedTask;
    }

    public static Task DescribePageAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        operation.Parameters =
        [
            Query(PageQuery.AfterName, "The order ID after which the page begins: `nextAfter` of the page before.", new()
            {
                Type = JsonSchemaType.String,
                MinLength = 1,
                MaxLength = PageQuery.MaxAfterLength,
                Pattern = KeyAttribute.Pattern,
            }),
            Query(PageQuery.LimitName, "The most redemptions of a page.", new()
            {
                Type = JsonSchemaType.Integer,
                Minimum = "1",
                Maximum = PageQuery.MaxLimit.ToString(CultureInfo.InvariantCulture),
                Default = JsonValue.Create(PageQuery.DefaultLimit),
            }),
        ];
        return Task.CompletedTask;
    }

    private static OpenApiParameter Query(string name, string description, OpenApiSchema schema) =>
        new() { Name = name, In = ParameterLocation.Query, Description = description, Schema = schema };

    private static Task DescribeSchemaAsync(
        OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        DescribeType(schema, context.JsonTypeInfo);
        foreach (var attribute in context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(inherit: false) ?? [])
        {
            DescribeMember(schema, attribute);
        }

        return Task.CompletedTask;
    }

    private static void DescribeType(OpenApiSchema schema, JsonTypeInfo type)
    {
        var actual = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        if (actual == typeof(decimal)) // it has a converter of its own, of which the generator knows nothing
        {
            (schema.Type, schema.Format, schema.Minimum) = (JsonSchemaType.Number, null, "0");
        }
        else if (actual.IsEnum)
        {
            (schema.Type, schema.Enum) = (JsonSchemaType.String, [.. schema.Enum!.Where(value => value is not null)]);
        }

        foreach (var member in type.Properties.Where(IsOmittedWhenNull))
        {
            schema.Required?.Remove(member.Name);
        }
    }

    private static void DescribeMember(OpenApiSchema schema, object attribute)
    {
        switch (attribute)
        {
            case RuleAttribute rule: // required: a missing member and null are the same
                schema.Type &= ~JsonSchemaType.Null;
                rule.Describe(schema);
                break;
            case JsonIgnoreAttribute:
                schema.Type &= ~JsonSchemaType.Null;
                break;
            case AllowedValuesAttribute allowed:
                schema.Enum = [.. allowed.Values.Select(value => JsonValue.Create((string)value!))];
                break;
        }
    }

    private static bool IsOmittedWhenNull(JsonPropertyInfo member) =>
        member.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: false) == true;
}
