// The official Go client against a running hub: `go run . <connection string> [<partition of key bed-1>]`.
// Prints a line for each row and ends with status 1 when one fails.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

const hub = "vigil"

type row struct {
	name string
	run  func(ctx context.Context, connection string) error
}

func main() {
	failed := false
	for _, each := range []row{
		{"send and receive", sendAndReceive},
		{"a key and its partition", key},
		{"positions", positions},
		{"properties", properties},
		{"stealing", stealing},
		{"refusals", refusals},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		started := time.Now()
		err := each.run(ctx, os.Args[1])
		cancel()
		failed = failed || err != nil
		fmt.Printf("%-26s %-6v %5d ms %v\n", each.name, err == nil, time.Since(started).Milliseconds(), orEmpty(err))
	}
	if failed {
		os.Exit(1)
	}
}

func orEmpty(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func producer(connection string) (*azeventhubs.ProducerClient, error) {
	return azeventhubs.NewProducerClientFromConnectionString(connection, hub, &azeventhubs.ProducerClientOptions{
		RetryOptions: azeventhubs.RetryOptions{MaxRetries: 2, RetryDelay: 100 * time.Millisecond},
	})
}

func consumer(connection, group string) (*azeventhubs.ConsumerClient, error) {
	return azeventhubs.NewConsumerClientFromConnectionString(connection, hub, group, &azeventhubs.ConsumerClientOptions{
		RetryOptions: azeventhubs.RetryOptions{MaxRetries: 2, RetryDelay: 100 * time.Millisecond},
	})
}

func send(ctx context.Context, connection string, options *azeventhubs.EventDataBatchOptions, bodies ...string) error {
	client, err := producer(connection)
	if err != nil {
		return err
	}
	defer client.Close(ctx)
	batch, err := client.NewEventDataBatch(ctx, options)
	if err != nil {
		return err
	}
	for _, body := range bodies {
		event := &azeventhubs.EventData{Body: []byte(body), Properties: map[string]any{"text": "é", "number": int64(7)}}
		if err := batch.AddEventData(event, nil); err != nil {
			return err
		}
	}
	return client.SendEventDataBatch(ctx, batch, nil)
}

func last(ctx context.Context, connection, partition string) (int64, error) {
	client, err := producer(connection)
	if err != nil {
		return 0, err
	}
	defer client.Close(ctx)
	told, err := client.GetPartitionProperties(ctx, partition, nil)
	return told.LastEnqueuedSequenceNumber, err
}

func receive(
	ctx context.Context, connection, group, partition string, start azeventhubs.StartPosition, count int,
) ([]*azeventhubs.ReceivedEventData, error) {
	client, err := consumer(connection, group)
	if err != nil {
		return nil, err
	}
	defer client.Close(ctx)
	reader, err := client.NewPartitionClient(partition, &azeventhubs.PartitionClientOptions{StartPosition: start})
	if err != nil {
		return nil, err
	}
	defer reader.Close(ctx)
	return reader.ReceiveEvents(ctx, count, nil)
}

func sendAndReceive(ctx context.Context, connection string) error {
	before, err := last(ctx, connection, "0")
	if err != nil {
		return err
	}
	if err := send(ctx, connection, &azeventhubs.EventDataBatchOptions{PartitionID: to.Ptr("0")}, "ä", "b"); err != nil {
		return err
	}
	events, err := receive(ctx, connection, "alarms", "0", azeventhubs.StartPosition{SequenceNumber: to.Ptr(before)}, 2)
	if err != nil {
		return err
	}
	first := events[0]
	if string(first.Body) != "ä" || first.SequenceNumber != before+1 || first.Properties["text"] != "é" {
		return fmt.Errorf("came back as %q %d %v", first.Body, first.SequenceNumber, first.Properties)
	}
	if first.Properties["number"] != int64(7) || time.Since(*first.EnqueuedTime).Abs() > time.Minute {
		return fmt.Errorf("came back with %v at %v", first.Properties, first.EnqueuedTime)
	}
	return nil
}

func key(ctx context.Context, connection string) error {
	if len(os.Args) < 3 {
		return nil
	}
	before, err := last(ctx, connection, os.Args[2])
	if err != nil {
		return err
	}
	if err := send(ctx, connection, &azeventhubs.EventDataBatchOptions{PartitionKey: to.Ptr("bed-1")}, "keyed"); err != nil {
		return err
	}
	after, err := last(ctx, connection, os.Args[2])
	if err == nil && after != before+1 {
		err = fmt.Errorf("it went to another partition")
	}
	return err
}

func positions(ctx context.Context, connection string) error {
	first, err := last(ctx, connection, "1")
	if err != nil {
		return err
	}
	first++
	if err := send(ctx, connection, &azeventhubs.EventDataBatchOptions{PartitionID: to.Ptr("1")}, "0", "1", "2"); err != nil {
		return err
	}
	for what, position := range map[string]struct {
		start azeventhubs.StartPosition
		body  string
	}{
		"sequence":            {azeventhubs.StartPosition{SequenceNumber: to.Ptr(first)}, "1"},
		"sequence, inclusive": {azeventhubs.StartPosition{SequenceNumber: to.Ptr(first), Inclusive: true}, "0"},
		"offset":              {azeventhubs.StartPosition{Offset: to.Ptr(fmt.Sprint(first))}, "1"},
		"offset, inclusive":   {azeventhubs.StartPosition{Offset: to.Ptr(fmt.Sprint(first)), Inclusive: true}, "0"},
		"time":                {azeventhubs.StartPosition{EnqueuedTime: to.Ptr(time.Unix(0, 0))}, ""},
		"earliest":            {azeventhubs.StartPosition{Earliest: to.Ptr(true)}, ""},
	} {
		events, err := receive(ctx, connection, "alarms", "1", position.start, 1)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if position.body != "" && string(events[0].Body) != position.body || position.body == "" && events[0].SequenceNumber != 0 {
			return fmt.Errorf("%s: started at %q", what, events[0].Body)
		}
	}
	return nil
}

func properties(ctx context.Context, connection string) error {
	client, err := consumer(connection, "alarms")
	if err != nil {
		return err
	}
	defer client.Close(ctx)
	told, err := client.GetEventHubProperties(ctx, nil)
	if err != nil {
		return err
	}
	if told.Name != hub || len(told.PartitionIDs) != 8 || told.CreatedOn.Year() < 2024 {
		return fmt.Errorf("told %v", told)
	}
	partition, err := client.GetPartitionProperties(ctx, "0", nil)
	if err == nil && (partition.IsEmpty || partition.LastEnqueuedOffset != fmt.Sprint(partition.LastEnqueuedSequenceNumber)) {
		err = fmt.Errorf("told %v", partition)
	}
	return err
}

func owner(ctx context.Context, connection string, level int64) (*azeventhubs.ConsumerClient, *azeventhubs.PartitionClient, error) {
	client, err := consumer(connection, "live")
	if err != nil {
		return nil, nil, err
	}
	reader, err := client.NewPartitionClient("0", &azeventhubs.PartitionClientOptions{
		OwnerLevel: to.Ptr(level), StartPosition: azeventhubs.StartPosition{Earliest: to.Ptr(true)},
	})
	if err == nil {
		_, err = reader.ReceiveEvents(ctx, 1, nil)
	}
	return client, reader, err
}

func stealing(ctx context.Context, connection string) error {
	for _, level := range []int64{1, 2} {
		oldClient, old, err := owner(ctx, connection, 1)
		if err != nil {
			return err
		}
		defer oldClient.Close(ctx)
		newClient, _, err := owner(ctx, connection, level)
		if err != nil {
			return err
		}
		defer newClient.Close(ctx)
		for err == nil {
			_, err = old.ReceiveEvents(ctx, 100, nil)
		}
		var told *azeventhubs.Error
		if !errors.As(err, &told) || told.Code != azeventhubs.ErrorCodeOwnershipLost {
			return fmt.Errorf("the older owner got %w", err)
		}
		lowerClient, _, err := owner(ctx, connection, level-1)
		if err == nil {
			return fmt.Errorf("a lower level was let in")
		}
		lowerClient.Close(ctx)
		newClient.Close(ctx)
	}
	return nil
}

func refusals(ctx context.Context, connection string) error {
	at := strings.Index(connection, "SharedAccessKey=") + len("SharedAccessKey=")
	err := send(ctx, connection[:at]+"x"+connection[at:], nil, "x")
	var told *azeventhubs.Error
	if !errors.As(err, &told) || told.Code != azeventhubs.ErrorCodeUnauthorizedAccess {
		return fmt.Errorf("a wrong key got %w", err)
	}
	if err := send(ctx, connection, &azeventhubs.EventDataBatchOptions{PartitionID: to.Ptr("99")}, "x"); err == nil {
		return fmt.Errorf("an unknown partition was taken")
	}
	if _, err := receive(ctx, connection, "nobody", "0", azeventhubs.StartPosition{Earliest: to.Ptr(true)}, 1); err == nil {
		return fmt.Errorf("an unknown group was let in")
	}
	return nil
}
